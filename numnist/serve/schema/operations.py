"""What each address takes and returns, as OpenAPI operations."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from numnist.serve.routes.visitor import HEADER
from numnist.serve.schema.kinds import FLAG, TEXT, Schema, both, fields, items, mapping, ref

Operation = dict[str, Any]
JSON = "application/json"
PICTURE = {
    "image/png": {"schema": {"type": "string", "format": "binary"}},
    "image/jpeg": {"schema": {"type": "string", "format": "binary"}},
    JSON: {"schema": ref("Pixels")},
}
ALWAYS = (400, 401, 421, 431, 503)  # an invalid header, no token, another host, a large header, too many connections
SENT = (403, 408, 413)  # of bodies: another site's, too slow, too large
READ = (404, 415)  # of pictures: an unknown model, an unknown format


def parameter(name: str, schema: Schema, about: str, where: str = "query", required: bool = False) -> Schema:
    """A parameter of an operation."""
    return {
        "name": name,
        "in": where,
        "description": about,
        "schema": schema,
        "required": required or where == "path",
    }


MODEL = parameter("model", TEXT, "the name of a model; the default without it")
OFF = parameter("off", TEXT, "preparation steps that are left out, as ink,fit,center")
DIGIT = parameter("digit", TEXT, "which of several digits, from 1; the last without it")
BACKWARD = parameter("backward", TEXT, "a class, for whose loss gradients are sent, too")
PAGE = parameter(
    HEADER, {"type": "string", "pattern": "^[A-Za-z0-9_-]{8,64}$"}, "the page's token, made at random", "header"
)
ID = parameter("id", TEXT, "of a training, as /api/learning returned it", "path")


def operation(
    name: str,
    about: str,
    result: Schema | None,
    *parameters: Schema,
    body: dict[str, Any] | None = None,
    status: int = 200,
    errors: tuple[int, ...] = (),
    kind: str = JSON,
    changes: bool = False,
    more: dict[str, Any] | None = None,
) -> Operation:
    """An operation.

    result: the schema of its response, None for what is no JSON;  body: of the request, by content type;  kind: content
    type of the response;  changes: whether foreign sites are refused;  more: other good responses.
    """
    codes = sorted({*ALWAYS, *errors, *(SENT if body else ()), *((403,) if changes else ())})
    good = {"description": about, "content": {kind: {"schema": result or TEXT}}}
    found: Operation = {
        "operationId": name,
        "summary": about,
        "responses": {str(status): good} | (more or {}) | {str(code): _refusal(code) for code in codes},
    }
    if parameters:
        found["parameters"] = list(parameters)
    if body:
        found["requestBody"] = {"required": True, "content": body}
    return found


def _refusal(code: int) -> dict[str, Any]:
    return {"description": HTTPStatus(code).phrase, "content": {JSON: {"schema": ref("Error")}}}


def _json(schema: Schema) -> dict[str, Any]:
    return {JSON: {"schema": schema}}


def _about_drawing(name: str, about: str, result: str, *parameters: Schema) -> Operation:
    return operation(name, about, ref(result), MODEL, OFF, DIGIT, *parameters, body=PICTURE, errors=READ)


LABEL = parameter("label", TEXT, "a class")
PLACE = parameter("place", TEXT, "of a layer, as /api/model has it")
INDEX = parameter("index", TEXT, "K or K,i,j")
STARTED = fields(id=TEXT)
UNMODIFIED = {"304": {"description": "the browser has it"}}
SILENT = {"204": {"description": "there are no more events: do not ask again"}}
FILE = parameter("file", TEXT, "the path of a file of the page", "path")
LAST = parameter("Last-Event-ID", TEXT, "of the last event that was read: the next ones follow", "header")
BY_QUERY = parameter("page", PAGE["schema"], "the page's token, where no header can be sent")

# By path and method.
OPERATIONS: dict[str, dict[str, Operation]] = {
    "/": {"get": operation("page", "The page.", None, kind="text/html; charset=utf-8", more=UNMODIFIED)},
    "/page/{file}": {
        "get": operation("file", "A file of the page.", None, FILE, kind="*/*", errors=(404,), more=UNMODIFIED)
    },
    "/openapi.json": {"get": operation("schema", "This document.", mapping({}))},
    "/api/predict": {
        "post": operation("predict", "Classify a picture.", ref("Prediction"), MODEL, body=PICTURE, errors=READ)
    },
    "/api/predict/batch": {
        "post": operation(
            "predict_batch",
            "Classify several pictures.",
            ref("Predictions"),
            MODEL,
            body=_json(ref("Batch")),
            errors=READ,
        )
    },
    "/api/models": {"get": operation("models", "All models.", fields(default=TEXT, models=items(ref("Model"))))},
    "/api/model": {
        "get": operation(
            "model",
            "A model with its layers, and what its file says about its origin.",
            both(ref("Model"), fields(layers=items(ref("Layer")), about=mapping({}))),
            MODEL,
            errors=(404,),
        )
    },
    "/healthz": {"get": operation("healthz", "Whether the process lives.", fields(status=TEXT))},
    "/readyz": {"get": operation("readyz", "Whether it takes requests.", fields(status=TEXT, model=ref("ModelId")))},
    "/metrics": {"get": operation("metrics", "For Prometheus.", None, kind="text/plain")},
    "/api/look": {"post": _about_drawing("look", "The prediction, with each step of preparation.", "Look")},
    "/api/inside": {"post": _about_drawing("inside", "The output of each layer.", "Inside", BACKWARD)},
    "/api/unit": {"post": _about_drawing("unit", "How one number is computed.", "Unit", PLACE, INDEX, BACKWARD)},
    "/api/attribution": {
        "post": _about_drawing("attribution", "The pixels that a class's score depends on.", "Attribution", LABEL)
    },
    "/api/exciting": {
        "get": operation(
            "exciting",
            "The training pictures that excite a unit most.",
            ref("Exciting"),
            MODEL,
            PLACE,
            parameter("unit", TEXT, "the number of a unit, from 0"),
            errors=(404,),
        )
    },
    "/api/towards": {"post": _about_drawing("towards", "A counterfactual.", "Change", LABEL)},
    "/api/nearest": {"post": _about_drawing("nearest", "The nearest training pictures.", "Neighbours")},
    "/api/confusion": {"get": operation("confusion", "The confusion matrix.", ref("Confusion"), MODEL, errors=(404,))},
    "/api/gallery": {
        "get": operation(
            "gallery", "A random test picture.", both(ref("Picture"), fields(data=TEXT)), MODEL, LABEL, errors=(404,)
        )
    },
    "/api/kept": {
        "post": operation(
            "keep",
            "Store the drawing with its label.",
            both(ref("Kept"), fields(file=TEXT)),
            MODEL,
            LABEL,
            PAGE,
            body=PICTURE,
            status=201,
            errors=(*READ, 409, 507),
        ),
        "get": operation("kept", "The number of stored drawings.", ref("Kept"), MODEL, PAGE, errors=(404,)),
    },
    "/api/kept/last": {
        "delete": operation(
            "undo",
            "Remove the drawing that this page stored last.",
            fields(label=TEXT, file=TEXT),
            PAGE,
            errors=(404,),
            changes=True,
        )
    },
    "/api/learning": {
        "get": operation("trainings", "What can be trained, and what is.", ref("Trainings"), PAGE),
        "post": operation(
            "train",
            "Start a training.",
            STARTED,
            PAGE,
            body=_json(ref("TrainingRequest")),
            status=201,
            errors=(404, 409),
        ),
    },
    "/api/learning/{id}/drawing": {
        "put": operation(
            "follow",
            "Set the drawing whose prediction is published to this page.",
            fields(following=FLAG),
            ID,
            PAGE,
            body=PICTURE,
            status=202,
            errors=READ,
        )
    },
    "/api/learning/{id}/events": {
        "get": operation(
            "events",
            "The events of a training, as server-sent events.",
            None,
            ID,
            BY_QUERY,
            LAST,
            kind="text/event-stream",
            errors=(404,),
            more=SILENT,
        )
    },
    "/api/learning/{id}/stop": {
        "post": operation(
            "stop", "End a training after the current step.", STARTED, ID, PAGE, status=202, errors=(404,), changes=True
        )
    },
    "/api/learning/{id}/keep": {
        "post": operation(
            "keep_model",
            "Register the model and move its run into the runs folder.",
            fields(model=TEXT),
            ID,
            PAGE,
            body=_json(fields(closed=True, name={"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"})),
            errors=(404, 409),
        )
    },
}
