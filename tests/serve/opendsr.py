# The controller's side of OpenDSR, as a program of its own: takes callbacks, and checks what was signed with openssl alone.
# opendsr.py listen PORT-FILE OUT: writes the port, then a line of JSON for each callback.
# opendsr.py verify CERTIFICATE SIGNATURE-FILE BODY-FILE
import base64, http.server, json, os, subprocess, sys, tempfile


def listen(port_file, out):
    seen = {"n": 0}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            seen["n"] += 1
            status = 500 if seen["n"] == 1 else 302 if self.path == "/elsewhere" else 202  # the first one is lost
            with open(out, "a") as f:
                f.write(json.dumps({"status": status, "path": self.path, "body": body.decode(),
                                    "domain": self.headers["X-OpenDSR-Processor-Domain"],
                                    "signature": self.headers["X-OpenDSR-Signature"]}) + "\n")
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/hidden")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self):
            with open(out, "a") as f:
                f.write(json.dumps({"status": 0, "path": self.path, "body": "{}"}) + "\n")
            self.send_response(200)
            self.end_headers()

        def log_message(self, *a):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    with open(port_file + ".new", "w") as f:
        f.write(str(server.server_port))
    os.rename(port_file + ".new", port_file)
    server.serve_forever()


def verify(certificate, signature, body):
    with tempfile.TemporaryDirectory() as d:
        key, raw = os.path.join(d, "key"), os.path.join(d, "raw")
        with open(key, "wb") as f:
            f.write(subprocess.run(["openssl", "x509", "-in", certificate, "-pubkey", "-noout"], check=True,
                                   stdout=subprocess.PIPE).stdout)
        with open(raw, "wb") as f:
            f.write(base64.b64decode(open(signature).read().strip()))
        return subprocess.run(["openssl", "dgst", "-sha256", "-verify", key, "-signature", raw, body],
                              stdout=subprocess.DEVNULL).returncode


if sys.argv[1] == "listen":
    listen(sys.argv[2], sys.argv[3])
else:
    sys.exit(verify(*sys.argv[2:]))
