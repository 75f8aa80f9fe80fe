"""Truth sets of the score card: checked at once, measured on the stored neighbours."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from shared.errors import SourceError
from worker.evaluation.scorecard_truth import measure_truth, read_truth_sets
from worker.evaluation.truth_files import find_truth, truth_digest

IDS = np.arange(100, 120, dtype=np.int64)


def write_recommendations(path: Path, known: dict[int, list[int]]) -> Path:
    lines = [
        msgspec.json.encode({"tmdb_id": seed, "recommendations": ids})
        for seed, ids in known.items()
    ]
    path.write_bytes(b"\n".join(lines) + b"\n\n")
    return path


def write_ratings(folder: Path, users: int = 60) -> None:
    """Two groups of people, each of which likes ten films and no other."""
    likes = [(user, film) for user in range(users) for film in range(20) if film % 2 == user % 2]
    ratings = "".join(f"{user},{film},5.0,{user + film}\n" for user, film in likes)
    (folder / "ratings.csv").write_text(f"userId,movieId,rating,timestamp\n{ratings}")
    links = "".join(f"{film},{film},{film + 100}\n" for film in range(20))
    (folder / "links.csv").write_text(f"movieId,imdbId,tmdbId\n{links}")


def stored(first: dict[int, list[int]]) -> np.ndarray:
    """Neighbour rows, the given ones first."""
    rows = np.full((len(IDS), 50), -1, dtype=np.int32)
    for row, found in first.items():
        rows[row, : len(found)] = found
    return rows


def test_known_recommendations_are_found_among_the_stored_neighbours(tmp_path: Path) -> None:
    wanted = [101, 102, 103, 104, 105]
    file = write_recommendations(tmp_path / "truth.jsonl", {100: wanted, 110: wanted})
    sets = read_truth_sets(find_truth(tmp_path, file))
    rows = stored({0: [9, 1], 10: [11, 12, 13, 14, 15, 1]})
    (found,) = measure_truth(sets, IDS, rows)
    assert (found.seeds, len(found.sha256)) == (2, 64)
    # The first film has a wanted one in second place, the other in sixth.
    assert found.hit_at_5 == 0.5
    assert found.recall_at_10 == pytest.approx(0.2)
    best = sum(1 / np.log2(place + 1) for place in range(1, 6))
    gained = (1 / np.log2(3) + 1 / np.log2(7)) / 2
    assert found.ndcg_at_10 == pytest.approx(gained / best, abs=1e-4)


def test_ratings_with_links_are_a_truth_set(tmp_path: Path) -> None:
    write_ratings(tmp_path)
    sets = read_truth_sets(find_truth(tmp_path, None))
    own_group = {row: [n for n in range(20) if n % 2 == row % 2 and n != row] for row in range(20)}
    (good,) = measure_truth(sets, IDS, stored(own_group))
    assert (good.seeds, good.hit_at_5, good.ndcg_at_10) == (20, 1.0, 1.0)
    others = {row: [n for n in range(20) if n % 2 != row % 2] for row in range(20)}
    (bad,) = measure_truth(sets, IDS, stored(others))
    assert (bad.hit_at_5, bad.ndcg_at_10, bad.sha256) == (0.0, 0.0, good.sha256)


def test_a_truth_set_of_other_films_is_left_out(tmp_path: Path) -> None:
    file = write_recommendations(tmp_path / "truth.jsonl", {1: [2, 3, 4, 5, 6]})
    write_ratings(tmp_path)
    assert measure_truth(read_truth_sets(find_truth(tmp_path, file)), IDS + 5000, stored({})) == []


def test_without_files_there_are_no_truth_sets(tmp_path: Path) -> None:
    assert read_truth_sets(find_truth(tmp_path, None)) == []
    assert truth_digest(find_truth(tmp_path)) == ""


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"tmdb_id": 1, "recommendations": [2]}\n{"tmdb_id": 1}', "line 2"),
        (b"userId,movieId", "line 1"),
        (b'{"tmdb_id": "x", "recommendations": []}', "tmdb_id"),
        (b"\xff\xfe", "line 1"),
    ],
)
def test_a_broken_truth_file_is_found_at_once(tmp_path: Path, content: bytes, reason: str) -> None:
    file = tmp_path / "truth.jsonl"
    file.write_bytes(content)
    with pytest.raises(SourceError, match=reason):
        read_truth_sets(find_truth(tmp_path, file))


def test_a_missing_truth_file_is_found_at_once(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"none\.jsonl"):
        find_truth(tmp_path, tmp_path / "none.jsonl")


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("ratings.csv", "userId,movieId,rating\n1,1,5\n"),
        ("ratings.csv", "userId,movieId,rating,timestamp\n1,1,good,3\n"),
        ("links.csv", "movieId,imdbId\n1,1\n"),
        ("links.csv", ""),
    ],
)
def test_broken_ratings_are_found_at_once(tmp_path: Path, file: str, content: str) -> None:
    write_ratings(tmp_path)
    (tmp_path / file).write_text(content)
    with pytest.raises(SourceError, match=file):
        read_truth_sets(find_truth(tmp_path, None))


def test_the_digest_follows_every_file_that_may_be_read(tmp_path: Path) -> None:
    seen = {truth_digest(find_truth(tmp_path))}
    write_ratings(tmp_path)
    seen.add(truth_digest(find_truth(tmp_path)))
    write_recommendations(tmp_path / "recommendations.jsonl", {1: [2]})
    seen.add(truth_digest(find_truth(tmp_path)))
    named = write_recommendations(tmp_path / "named.jsonl", {1: [3]})
    seen.add(truth_digest(find_truth(tmp_path, named)))
    for path in find_truth(tmp_path, named):
        assert path is not None
        path.write_bytes(path.read_bytes() + b"\n")
        seen.add(truth_digest(find_truth(tmp_path, named)))
    assert len(seen) == 7
