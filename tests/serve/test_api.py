"""The API: pictures in, answers out, the same whoever asks and how."""

from __future__ import annotations

import base64
import io
import json
from concurrent.futures import ThreadPoolExecutor

import httpx
import numpy as np
import pytest
from PIL import Image

from numnist import load_model, read
from numnist.data.strokes.drawing import draw
from numnist.serve.state.context import AppContext
from numnist.serve.state.models import PACKAGED, ModelRegistry
from tests import small


@pytest.fixture(scope="module")
def digits():
    """(pictures, labels): drawn ones, light on dark."""
    return draw(12, seed=3)


def file(picture: np.ndarray, format: str = "PNG", **settings: object) -> bytes:
    """A picture as the bytes of a file."""
    out = io.BytesIO()
    Image.fromarray(picture).save(out, format, **settings)
    return out.getvalue()


def without_times(answer: dict) -> dict:
    return {name: value for name, value in answer.items() if name != "times"}


def test_a_png_is_answered_as_the_library_reads_it(client, digits):
    picture = digits[0][0]
    answer = client.post("/api/predict", content=file(picture)).json()
    (expected,) = read("digits", picture)
    assert without_times(answer) == expected.to_dict()
    assert answer["label"] == str(digits[1][0])
    assert answer["model"] == {"name": "digits", "sha256": load_model("digits").weights_sha256}


def test_an_answer_has_all_that_the_contract_says(client, digits):
    answer = client.post("/api/predict", content=file(digits[0][1])).json()
    assert set(answer) == {
        "model", "label", "probability", "blank", "clear", "sure", "threshold", "none", "unknown", "parts",
        "probabilities", "top", "preparation", "times",
    }  # fmt: skip
    assert [each["label"] for each in answer["probabilities"]] == list(load_model("digits").classes)
    shares = [each["probability"] for each in answer["probabilities"]]
    assert sum(shares) + answer["none"] == pytest.approx(1, abs=1e-5)  # float32 rounded to 7 digits
    assert set(answer["preparation"]) == {"kind", "polarity", "box", "scale", "shift", "blank"}
    assert set(answer["times"]) == {"preparation_ms", "forward_ms", "server_ms"}
    assert answer["sure"] is (answer["probability"] > answer["threshold"])
    assert len(answer["top"]) == 3


@pytest.mark.parametrize("send", ["png", "pixels 0..255", "pixels 0..1", "rows of RGB"])
def test_the_same_picture_is_answered_alike_however_it_is_sent(client, digits, send):
    picture = digits[0][2]
    expected = client.post("/api/predict", content=file(picture)).json()
    content = {
        "png": file(np.stack([picture] * 3, axis=-1)),
        "pixels 0..255": json.dumps({"pixels": picture.tolist()}).encode(),
        "pixels 0..1": json.dumps({"pixels": (picture / 255).tolist()}).encode(),
        "rows of RGB": json.dumps({"pixels": np.stack([picture] * 3, axis=-1).tolist()}).encode(),
    }[send]
    answer = client.post("/api/predict", content=content).json()
    assert answer["label"] == expected["label"]
    assert answer["probability"] == pytest.approx(
        expected["probability"], abs=1e-6
    )  # RGB's weights round, by less than a level of 255


def test_a_jpeg_is_turned_as_its_camera_says(client, digits):
    picture = np.kron(255 - digits[0][3], np.ones((8, 8), np.uint8))
    turned = Image.Exif()
    turned[0x0112] = 6  # what is stored must be turned by 90° clockwise
    upright = client.post("/api/predict", content=file(picture, "JPEG", quality=95)).json()
    aside = client.post("/api/predict", content=file(np.rot90(picture), "JPEG", quality=95, exif=turned)).json()
    assert aside["label"] == upright["label"] == str(digits[1][3])


def test_a_picture_of_zeros_and_ones_runs_from_0_to_1(client, digits):
    answer = client.post("/api/predict", json={"pixels": (digits[0][4] > 127).astype(int).tolist()}).json()
    assert answer["label"] == str(digits[1][4])


def test_nothing_drawn_is_said_so(client):
    answer = client.post("/api/predict", json={"pixels": [[255] * 40] * 40}).json()
    assert answer["blank"] is True
    assert answer["label"] is answer["probability"] is None
    assert answer["sure"] is False
    assert answer["top"] == answer["probabilities"] == []


def test_a_batch_answers_each_as_if_it_were_alone(client, digits):
    pictures = [{"pixels": each.tolist()} for each in digits[0][:3]]
    pictures.append({"image": base64.b64encode(file(digits[0][3])).decode()})
    batch = client.post("/api/predict/batch", json={"pictures": pictures}).json()
    alone = [client.post("/api/predict", content=file(each)).json() for each in digits[0][:4]]
    assert [without_times(each) for each in batch["answers"]] == [
        {name: value for name, value in without_times(each).items() if name != "model"} for each in alone
    ]
    assert batch["model"] == alone[0]["model"]


def test_a_batch_may_have_64_pictures(client):
    picture = {"pixels": [[0, 255], [255, 0]]}
    assert len(client.post("/api/predict/batch", json={"pictures": [picture] * 64}).json()["answers"]) == 64
    assert client.post("/api/predict/batch", json={"pictures": [picture] * 65}).status_code == 413


def test_answers_under_load_are_the_serial_ones_to_the_bit(start_server, digits):
    address = start_server()
    files = [file(each) for each in digits[0]]
    with httpx.Client(base_url=address, trust_env=False) as client:

        def ask(i: int) -> dict:
            return without_times(client.post("/api/predict", content=files[i % len(files)]).json())

        serial = [ask(i) for i in range(len(files))]
        with ThreadPoolExecutor(8) as many:
            assert list(many.map(ask, range(96))) == serial * 8


def test_a_model_is_asked_by_name(client, digits):
    answer = client.post("/api/predict?model=fashion", content=file(digits[0][0])).json()
    assert answer["model"]["name"] == "fashion"
    assert answer["preparation"]["kind"] == "photo"


def test_models_are_listed_with_what_they_are(client):
    listed = client.get("/api/models").json()
    assert listed["default"] == "digits"
    assert [each["name"] for each in listed["models"]] == ["digits", "fashion", "lesson-0"]
    digits = listed["models"][0]
    model = load_model("digits")
    assert digits["shape"] == [1, 28, 28]
    assert digits["parameters"] == model.plan.size
    assert digits["sha256"] == model.weights_sha256
    assert digits["accuracy"] == model.about["result"]["test_accuracy"]
    assert 0 < digits["sure"] <= 1
    assert digits["source"] == "ready"


def test_a_model_tells_its_layers(client):
    model = client.get("/api/model?model=digits").json()
    first = model["layers"][0]
    assert first == {
        "place": "0", "title": "Conv2d(32, 3, bias=False)", "kind": "Conv2d",
        "in_shape": [1, 28, 28], "out_shape": [32, 26, 26], "parameters": 288, "multiply_adds": 194_688,
    }  # fmt: skip
    assert sum(layer["parameters"] for layer in model["layers"]) == model["parameters"]
    assert model["about"]["recipe"]["name"] == "digits"


def test_a_finished_run_can_be_asked_as_soon_as_it_is_there(client, context, digits):
    assert client.get("/api/model?model=bands-1").status_code == 404
    (context.runs / "bands-1").mkdir(parents=True)
    model = small.trained(epochs=1, batch_size=50)
    model.save(context.runs / "bands-1" / "model.safetensors")
    assert client.get("/api/models").json()["models"][-1]["name"] == "bands-1"
    answer = client.post("/api/predict?model=bands-1", content=file(digits[0][0])).json()
    assert answer["model"] == {"name": "bands-1", "sha256": model.weights_sha256}


def test_a_broken_run_is_not_listed_and_refused(client, context):
    (context.runs / "broken").mkdir(parents=True)
    (context.runs / "broken" / "model.safetensors").write_bytes(b"nonsense")
    assert len(client.get("/api/models").json()["models"]) == len(PACKAGED)
    refused = client.get("/api/model?model=broken")
    assert refused.status_code == 404
    assert "digits, fashion" in refused.json()["error"]["message"]


def test_a_run_written_anew_is_read_anew(tmp_path):
    place = tmp_path / "runs" / "mine" / "model.safetensors"
    place.parent.mkdir(parents=True)
    registry, hashes = ModelRegistry(runs=tmp_path / "runs"), []
    for seed in (1, 2):
        model = small.trained(epochs=1, batch_size=50, seed=seed)
        model.save(place)
        hashes.append(model.weights_sha256)
        assert registry.get("mine").sha256 == hashes[-1]
    assert hashes[0] != hashes[1]


def test_the_model_named_at_the_start_answers_where_none_is_named(tmp_path):
    small.trained(epochs=1, batch_size=50).save(tmp_path / "bands.safetensors")
    registry = ModelRegistry(tmp_path / "bands.safetensors")
    assert registry.default == "bands"
    assert registry.get(None).source == "file"
    assert registry.names() == ["digits", "fashion", "lesson-0", "bands"]


def test_a_file_named_like_a_ready_model_stands_beside_it(tmp_path):
    small.trained(epochs=1, batch_size=50).save(tmp_path / "digits.safetensors")
    registry = ModelRegistry(tmp_path / "digits.safetensors")
    assert registry.names() == ["digits", "fashion", "lesson-0", "digits-own"]
    assert registry.get(None).name == "digits-own"


def test_a_name_is_taken_once(context):
    context.models.add("mine", load_model("digits"), "kept")
    with pytest.raises(Exception, match="'mine' already"):
        context.models.add("mine", load_model("digits"), "kept")


def test_the_page_is_sent_with_an_etag_and_not_again(client):
    first = client.get("/")
    assert first.headers["content-type"] == "text/html; charset=utf-8"
    assert first.headers["cache-control"] == "no-cache"
    again = client.get("/", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert not again.content


@pytest.mark.parametrize("name", ["../app.py", "%2e%2e/app.py", "..%2fapp.py", "", "nothing.js", "/etc/passwd"])
def test_nothing_but_the_page_is_sent(client, name):
    answer = client.get(f"/page/{name}")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


def test_the_server_says_that_it_is_alive_and_ready(client, context):
    assert client.get("/healthz").json() == {"status": "alive"}
    assert client.get("/readyz").json()["status"] == "ready"
    context.begin_shutdown()
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503


def test_what_is_counted_can_be_read_by_prometheus(client, digits):
    for _ in range(3):
        client.post("/api/predict", content=file(digits[0][0]))
    client.get("/nowhere")
    client.request("INVENTED", "/api/predict")
    text = client.get("/metrics").text
    assert 'numnist_requests_total{method="POST",route="/api/predict",status="200"} 3.0' in text
    assert 'numnist_requests_total{method="GET",route="none",status="404"} 1.0' in text
    assert 'method="other"' in text
    assert 'numnist_request_seconds_count{route="/api/predict"}' in text
    assert f'numnist_model{{name="digits",sha256="{load_model("digits").weights_sha256}"}} 1.0' in text


def test_a_full_context_asks_to_come_again(tmp_path, make_client, digits):
    full = AppContext(ModelRegistry(), tmp_path / "runs", tmp_path / "drawn", max_pending=0)
    answer = make_client(full).post("/api/predict", content=file(digits[0][0]))
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["error"]["code"] == "busy"
