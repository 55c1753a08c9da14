"""The types that several addresses of the API share, by the names under which the document has them."""

from __future__ import annotations

from numnist.serve.inference.predictions import MOST
from numnist.serve.schema.kinds import (
    COUNT,
    FLAG,
    HASH,
    NUMBER,
    SHARE,
    TEXT,
    WHOLE,
    Schema,
    both,
    fields,
    items,
    mapping,
    maybe,
    one_of,
    ref,
)
from numnist.serve.training.request import DATA, MOST_EPOCHS, MOST_RATE, RECIPES

LEVELS = {"anyOf": [{"type": "integer", "minimum": 0, "maximum": 255}, SHARE]}
BOX = items(WHOLE, 4, 4)
LABELLED = fields(label=TEXT, probability=SHARE)
DIGIT = fields(
    label=maybe(TEXT),
    probability=maybe(SHARE),
    sure=FLAG,
    none=maybe(SHARE),
    unknown=FLAG,
    probabilities=items(LABELLED),
    top=items(LABELLED),
)
KEPT = fields(count=COUNT, labels=mapping(COUNT))
UNIT_GRADIENT = fields(
    value=NUMBER, sentence=TEXT, words=ref("Words"), formula=TEXT, with_numbers=TEXT, numbers=mapping(NUMBER)
)

TYPES: dict[str, Schema] = {
    "Error": fields(error=fields(code={"type": "string", "pattern": "^[a-z0-9_]+$"}, message=TEXT)),
    "ModelId": fields(name=TEXT, sha256=HASH),
    "Packed": fields(dtype=one_of("float32", "uint8"), shape=items(COUNT), base64=TEXT)
    | {"description": "An array: the little-endian numbers in C order as base64."},
    "Words": mapping(items(fields(key=TEXT, values=mapping({}))))
    | {"description": "What the English texts beside it say, by their fields: each sentence's key and values."},
    "Pixels": fields(
        closed=True,
        pixels=items({"anyOf": [items(LEVELS, 1), items(items(LEVELS, 3, 3), 1)]}, 1),
    )
    | {"description": "Rows of equal length: whole numbers from 0 to 255, or numbers from 0 to 1; three for colour."},
    "Batch": fields(
        closed=True,
        pictures=items({"anyOf": [ref("Pixels"), fields(closed=True, image=TEXT)]}, 1, MOST),
    ),
    "Prediction": both(
        DIGIT,
        fields(
            model=ref("ModelId"),
            blank=FLAG,
            threshold=SHARE,
            clear=FLAG,
            parts=items(both(DIGIT, fields(box=BOX, scale=NUMBER, shift=items(WHOLE, 2, 2)))),
            preparation=mapping({}),
            times=mapping(NUMBER),
        ),
    ),
    "Predictions": fields(model=ref("ModelId"), answers=items(DIGIT)),
    "Look": both(
        ref("Prediction"),
        fields(
            picture=ref("Packed"),
            digit=maybe(COUNT),
            preparation=fields(
                off=items(TEXT),
                steps=items(
                    fields(
                        name=TEXT,
                        title=TEXT,
                        sentence=TEXT,
                        words=ref("Words"),
                        switch=FLAG,
                        on=FLAG,
                        picture=ref("Packed"),
                    )
                ),
            ),
        ),
    ),
    "Inside": fields(
        model=ref("ModelId"),
        label=maybe(TEXT),
        probability=maybe(SHARE),
        backward=maybe(TEXT),
        loss=maybe(NUMBER),
        layers=items(fields(place=TEXT, title=TEXT, kind=TEXT, shape=items(COUNT), output=ref("Packed"))),
        blocks=items(fields(name=TEXT, sentence=TEXT, words=ref("Words"), places=items(TEXT), shown=TEXT)),
        input=ref("Packed"),
        softmax=fields(
            classes=items(TEXT), scores=items(NUMBER), probabilities=items(SHARE), sentence=TEXT, words=ref("Words")
        ),
    ),
    "Attribution": fields(
        model=ref("ModelId"),
        digit=maybe(COUNT),
        label=TEXT,
        picture=ref("Packed"),
        gradient=ref("Packed"),
        occlusion=fields(
            drops=ref("Packed"),
            size=items(COUNT, 2, 2),
            before=SHARE,
            largest=fields(box=BOX, probability=SHARE, predicted=TEXT, predicted_probability=SHARE),
            sentence=TEXT,
            words=ref("Words"),
        ),
    ),
    "Exciting": fields(
        model=ref("ModelId"),
        data=TEXT,
        place=TEXT,
        unit=COUNT,
        sentence=TEXT,
        words=ref("Words"),
        pictures=items(both(ref("Picture"), fields(value=NUMBER, row=COUNT, column=COUNT, box=BOX))),
    ),
    "Unit": fields(
        place=TEXT,
        index=items(COUNT),
        title=TEXT,
        sentence=TEXT,
        words=ref("Words"),
        formula=TEXT,
        with_numbers=TEXT,
        value=NUMBER,
        numbers=mapping(NUMBER),
        gradient=maybe(UNIT_GRADIENT),
    ),
    "Change": fields(
        model=ref("ModelId"),
        reached=FLAG,
        steps=COUNT,
        sentence=TEXT,
        words=ref("Words"),
        frames=items(fields(picture=ref("Packed"), label=maybe(TEXT), probability=SHARE)),
        change=ref("Packed"),
    ),
    "Picture": fields(label=TEXT, index=COUNT, picture=ref("Packed")),
    "Neighbours": fields(
        model=ref("ModelId"),
        data=TEXT,
        sentence=TEXT,
        words=ref("Words"),
        neighbours=items(both(ref("Picture"), fields(distance=NUMBER))),
    ),
    "Confusion": fields(
        model=ref("ModelId"),
        data=TEXT,
        split=TEXT,
        classes=items(TEXT),
        matrix=items(items(COUNT)),
        accuracy=SHARE,
        count=COUNT,
    ),
    "Model": fields(
        name=TEXT,
        title=TEXT,
        dataset=maybe(TEXT),
        classes=items(TEXT),
        shape=items(COUNT, 3, 3),
        preparation=TEXT,
        parameters=COUNT,
        blocks=COUNT,
        sha256=HASH,
        accuracy=maybe(SHARE),
        source=one_of("ready", "file", "run", "kept"),
        sure=SHARE,
    ),
    "Layer": fields(
        place=TEXT,
        title=TEXT,
        kind=TEXT,
        in_shape=items(COUNT),
        out_shape=items(COUNT),
        parameters=COUNT,
        multiply_adds=COUNT,
    ),
    "Kept": both(
        KEPT,
        fields(
            least=COUNT,
            enough=FLAG,
            trainable=FLAG,
            all=maybe(both(KEPT, fields(folder=TEXT, commands=items(TEXT)))),
        ),
    ),
    "TrainingRequest": fields(
        closed=True,
        optional={
            "recipe": maybe(one_of(*RECIPES)),
            "epochs": maybe({"type": "integer", "minimum": 1, "maximum": MOST_EPOCHS}),
            "learning_rate": maybe({"type": "number", "exclusiveMinimum": 0, "maximum": MOST_RATE}),
            "from": maybe(TEXT),
            "data": one_of(*DATA),
        },
    )
    | {"description": "recipe or from, the name of a model, is required."},
    "Trainings": fields(
        choices=items(
            fields(
                recipe=TEXT,
                title=TEXT,
                data=TEXT,
                epochs=COUNT,
                most_epochs=COUNT,
                learning_rate=NUMBER,
                parameters=COUNT,
            )
        ),
        running=maybe(TEXT),
        yours=FLAG,
        may_stop=FLAG,
        to_keep=maybe(TEXT),
    ),
}
