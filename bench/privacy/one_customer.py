#!/usr/bin/env python3
"""one_customer.py TOKEN: a customer of Online Retail is erased on a server at 127.0.0.1:18991 (key of the roles serve and privacy) while
two readers ask: how long until they are out of the answers, until the certificate, and how long the readers waited."""
import http.client, json, sys, threading, time
tok=sys.argv[1]
H={"Authorization":"Bearer "+tok,"Content-Type":"application/json"}
def ask(c,m,p,b=None):
    c.request(m,p,json.dumps(b) if b else None,H); r=c.getresponse(); return r.status, json.loads(r.read())
times=[]; stop=False
def reader(k):
    c=http.client.HTTPConnection("127.0.0.1",18991)
    i=k
    while not stop:
        t=time.perf_counter(); s,_=ask(c,"POST","/v1/recommend",{"user":str(12350+i%900),"n":5}); times.append((time.perf_counter()-t,s)); i+=7; time.sleep(.005)
ts=[threading.Thread(target=reader,args=(k,)) for k in range(2)]
[t.start() for t in ts]
time.sleep(1)
c=http.client.HTTPConnection("127.0.0.1",18991)
t0=time.perf_counter()
s,d=ask(c,"POST","/privacy/v1/requests",{"subject":"12347","type":"erase","identity":{"by":"bench"}})
t1=time.perf_counter(); case=d["case"]; gone=cert=None
while cert is None and time.perf_counter()-t0<60:
    if gone is None:
        s,d=ask(c,"POST","/v1/recommend",{"user":"12347","n":5})
        if "fallback" in d: gone=time.perf_counter()-t0
    s,d=ask(c,"GET","/privacy/v1/requests/%d"%case)
    if d["state"]=="certified": cert=time.perf_counter()-t0
    time.sleep(.01)
stop=True; [t.join() for t in ts]
w=sorted(t for t,_ in times)
print("asked %.2f s, out of answers %.2f s, certificate %.2f s; readers: %d answers, p95 %.1f ms, p99 %.1f, longest %.1f ms, statuses %s"%(t1-t0,gone,cert,len(w),1e3*w[len(w)*95//100],1e3*w[len(w)*99//100],1e3*w[-1],sorted({s for _,s in times})))
