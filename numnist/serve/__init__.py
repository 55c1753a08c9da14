"""The page on which one draws, and its API: `numnist serve`.

    browser ──> protocol (deadlines) ──> guard (who, how much) ──> routes ──> desk (threads) ──> the library

Needs starlette and uvicorn, which `import numnist` alone does not.
"""
