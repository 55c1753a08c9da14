"""The web page and its API: `numnist serve`.

A request passes these files in order:

    server.py                accepts the connection, up to a limit
    http/connection.py       reads requests and sends responses, each part within its deadline
    http/stream.py           h11 on asyncio's streams; a request as an ASGI app sees it
    routes/metrics.py        counts and times requests
    http/guard.py            refuses foreign sites, and bodies that are too large or too slow
    http/access.py           refuses those without the token, where there is one
    app.py                   finds the route
    routes/                  one file for each thing that the page or a program can ask for
    routes/visitor.py        which page asks: drawings and trainings belong to pages
    schema/                  /openapi.json: what every route takes and returns
    state/context.py         what all routes share: the models, the data, the stored drawings, and who computes
    processes/pool.py        worker processes, one for each core
    inference/               what they compute: predictions, live predictions, explanations
    http/payload.py          the body becomes a picture or a JSON object
    http/responses.py        the result becomes JSON, and so does an error

A worker process imports inference/ and what that needs, but no web framework.  A training is longer than a request:
training/ runs it in a thread and keeps its events for those who follow it.
Needs Starlette and h11, which `import numnist` alone does not.
"""
