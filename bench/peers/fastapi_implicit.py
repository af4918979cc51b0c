"""What people put together without a recommender server: implicit's ALS behind FastAPI.

Reads the events of a reckon workspace (argument 1), trains 64 factors, and answers POST /v1/recommend with
{"user": "12347", "n": 10}.  The answer has identifiers, titles and scores; reasons, filters, new events and new people it
knows nothing of.  Run by bench/peers/run.sh: python3 fastapi_implicit.py WORKSPACE PORT WORKERS
"""
import os
import sqlite3
import sys

import implicit
import numpy as np
import orjson
import scipy.sparse as sp
import uvicorn
from fastapi import FastAPI, Request, Response

app = FastAPI()
state = {}


@app.on_event("startup")
def load():
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    db = sqlite3.connect(f"file:{os.environ['PEER_WORKSPACE']}/reckon.db?mode=ro", uri=True)
    users = db.execute("SELECT user, identifier FROM identities ORDER BY user").fetchall()
    items = db.execute("SELECT item, identifier, coalesce(title, '') FROM items ORDER BY item").fetchall()
    row = {u: i for i, (u, _) in enumerate(users)}
    column = {u: i for i, (u, _, _) in enumerate(items)}
    pairs = db.execute("SELECT user, item, count(*) FROM events GROUP BY user, item").fetchall()
    matrix = sp.csr_matrix(
        ([float(c) for _, _, c in pairs], ([row[u] for u, _, _ in pairs], [column[i] for _, i, _ in pairs])),
        shape=(len(users), len(items)), dtype=np.float32)
    model = implicit.als.AlternatingLeastSquares(factors=64, iterations=15, random_state=1, num_threads=1)
    model.fit(matrix, show_progress=False)
    state.update(model=model, matrix=matrix, user={name: i for i, (_, name) in enumerate(users)},
                 item=[name for _, name, _ in items], title=[title for _, _, title in items])


@app.post("/v1/recommend")
async def recommend(request: Request):
    body = orjson.loads(await request.body())
    user = state["user"].get(body["user"])
    if user is None:
        return Response(status_code=404)
    items, scores = state["model"].recommend(user, state["matrix"][user], N=body.get("n", 10))
    answer = {"user": body["user"], "items": [
        {"rank": k + 1, "item": state["item"][i], "title": state["title"][i], "score": float(s)}
        for k, (i, s) in enumerate(zip(items, scores))]}
    return Response(orjson.dumps(answer), media_type="application/json")


if __name__ == "__main__":
    os.environ["PEER_WORKSPACE"] = sys.argv[1]
    uvicorn.run("fastapi_implicit:app", host="127.0.0.1", port=int(sys.argv[2]), workers=int(sys.argv[3]),
                log_level="error", access_log=False)
