"""Types at `reckon shell` in a pseudo-terminal: each step types, then reads until what it waits for is there."""
import os
import pty
import re
import select
import signal
import sys
import time

DEADLINE = 30


class Terminal:
    def __init__(self):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "dumb"
            os.environ["INPUTRC"] = "/dev/null"
            os.execv(os.environ["RECKON"], [os.environ["RECKON"], "shell"])
        self.text = ""

    def expect(self, pattern):
        """Reads until the pattern is there; what was read up to its end is gone then."""
        end = time.monotonic() + DEADLINE
        while True:
            found = re.search(pattern, self.text)
            if found:
                self.text = self.text[found.end():]
                return found
            ready, _, _ = select.select([self.fd], [], [], max(0, end - time.monotonic()))
            data = b""
            try:
                data = os.read(self.fd, 65536) if ready else b""
            except OSError:
                pass
            if not data:
                sys.exit(f"waited for {pattern!r}, saw {self.text!r}")
            self.text += data.decode()

    def type(self, keys, pattern):
        os.write(self.fd, keys.encode())
        return self.expect(pattern)


t = Terminal()
t.expect(r"reckon shop> ")
t.type("recom\t", r"recommend ")
t.type("--us\t", r"--user ")
t.type("u0\t\t", r"u00 +u02")                     # several: a list
t.type("0 --n 1 --mode rep\t", r"repeat ")
t.type("\r", r"(?s)For u00.*rank.*reckon shop> ")
t.type("\x10", r"recommend --user u00 --n 1 --mode repeat")  # the line before
t.type("\x03", r"reckon shop> ")                  # Ctrl-C: a new line, nothing lost, nothing run
t.type("kinds list\r", r"(?s)purchase.*reckon shop> ")
t.type("models promote own\t\r", r"(?s)own-frequency .*production.*reckon shop> ")
t.type("train own-frequency --no-evaluate\r", r"(?s)own-frequency@2.*reckon shop> ")
t.type("quarantine drop --all\r", r"Type yes to do it: ")
t.type("no\r", r"(?s)not confirmed.*reckon shop> ")
t.type("quarantine drop --all\r", r"Type yes to do it: ")
t.type("yes\r", r"(?s)dropped.*reckon shop> ")
t.type("recommend --user 'u00'\\\r", r" > ")      # goes on
t.type(" --n 3 | cat\r", r"(?s)For u00.*reckon shop> ")
t.type("simulate --out big --events 100000000\r", r"\n.*(?:events|%)")
os.write(t.fd, b"\x03")                           # Ctrl-C stops the command, not the prompt
t.expect(r"(?s)cancelled.*reckon shop> ")
os.write(t.fd, b"\x04")
_, status = os.waitpid(t.pid, 0)
if status != 0:
    sys.exit(f"ended with status {status}")
print("all as a person expects")
