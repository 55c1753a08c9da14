"""Frames: byte strings one after the other in a stream."""

from __future__ import annotations

from numnist.support.frames import frame, frames


def test_frames_are_found_however_the_bytes_come():
    contents = [b"", b"a", b"bc" * 1000]
    sent = b"".join(map(frame, contents))
    received, found = bytearray(), []
    for byte in sent:
        received.append(byte)
        found += frames(received)
    assert found == contents
    assert received == b""
    assert list(frames(bytearray(sent))) == contents
