"""The local copy of a release."""

import datetime as dt
from pathlib import Path

import pytest

from shared.contracts.releases import Manifest, ReleaseRef, VectorSpace
from shared.errors import ReleaseCorruptError
from shared.releases.local import LocalCopy
from shared.releases.manifest import describe, digest, encode_manifest
from shared.releases.signing import Signer

SPACE = VectorSpace(
    model_id="m",
    model_sha256="s",
    dtype="float32",
    metric="inner_product",
    text_dims=1,
    structured_dims=1,
    ranking="1",
)


def save(copy: LocalCopy, number: int, **contents: bytes) -> tuple[ReleaseRef, Manifest]:
    made = Manifest(
        schema_version=1,
        number=number,
        created_at=dt.datetime(2024, 1, 2, tzinfo=dt.UTC),
        job_id="build-1",
        sources=[],
        counts={},
        vectors=SPACE,
        artifacts={name: describe(data, []) for name, data in contents.items()},
        canaries=[],
    )
    ref = ReleaseRef(number=number, manifest_sha256=digest(encode_manifest(made)))
    copy.save(ref, encode_manifest(made), made, contents)
    return ref, made


def test_a_saved_release_reads_back(tmp_path: Path) -> None:
    copy = LocalCopy(tmp_path / "state")
    ref, made = save(copy, 1, index=b"abc")
    assert copy.ref() == ref
    assert copy.manifest(ref) == made
    assert copy.artifact(made, "index") == b"abc"


def test_only_the_last_one_is_kept(tmp_path: Path) -> None:
    copy = LocalCopy(tmp_path)
    save(copy, 1, index=b"abc", titles=b"same")
    ref, made = save(copy, 2, index=b"def", titles=b"same")
    assert copy.ref() == ref
    assert copy.artifact(made, "titles") == b"same"
    assert len(list(tmp_path.iterdir())) == 4


def test_an_empty_or_damaged_folder_holds_no_release(tmp_path: Path) -> None:
    copy = LocalCopy(tmp_path)
    assert copy.ref() is None
    for damaged in (b"{", b'{"number":1,"manifest_sha256":"\xe6 "}'):
        (tmp_path / "release.json").write_bytes(damaged)
        assert copy.ref() is None


@pytest.mark.parametrize("fault", ["missing", "flipped", "truncated"])
def test_a_damaged_artifact_is_refused(tmp_path: Path, fault: str) -> None:
    copy = LocalCopy(tmp_path)
    _, made = save(copy, 1, index=b"abc")
    path = tmp_path / made.artifacts["index"].sha256
    if fault == "missing":
        path.unlink()
    else:
        path.write_bytes(b"abd" if fault == "flipped" else b"ab")
    with pytest.raises(ReleaseCorruptError):
        copy.artifact(made, "index")


def test_an_artifact_that_was_not_kept_is_refused(tmp_path: Path) -> None:
    copy = LocalCopy(tmp_path)
    ref, made = save(copy, 1, index=b"abc")
    with pytest.raises(ReleaseCorruptError, match="no artifact titles"):
        copy.artifact(made, "titles")
    (tmp_path / f"{ref.manifest_sha256}.json").unlink()
    with pytest.raises(ReleaseCorruptError):
        copy.manifest(ref)


@pytest.mark.parametrize(
    ("written_by", "read_by", "is_read"),
    [
        (None, None, True),
        (b"k" * 16, None, True),
        (b"k" * 16, b"k" * 16, True),
        (None, b"k" * 16, False),
        (b"o" * 16, b"k" * 16, False),
    ],
)
def test_a_copy_is_read_by_those_who_trust_its_key(
    tmp_path: Path, written_by: bytes | None, read_by: bytes | None, *, is_read: bool
) -> None:
    writer = LocalCopy(tmp_path)
    ref, made = save(writer, 1, index=b"abc")
    signed = Signer(written_by).sign(ref)
    writer.save(signed, encode_manifest(made), made, {"index": b"abc"})
    copy = LocalCopy(tmp_path, Signer(read_by))
    assert copy.ref() == signed
    if is_read:
        assert copy.manifest(signed) == made
        return
    with pytest.raises(ReleaseCorruptError, match="signed"):
        copy.manifest(signed)
