import json
from pathlib import Path

import numpy as np
import pytest

from shared.errors import SourceError
from worker.evaluation.truth import Truth, read_recommendations
from worker.evaluation.truth_files import find_truth

IDS = np.array([10, 20, 30, 40, 50, 60, 70])


def write_lines(path: Path, *lines: object) -> Path:
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    return path


def film(tmdb_id: int, *recommended: int) -> dict[str, object]:
    return {"tmdb_id": tmdb_id, "title": "any", "recommendations": list(recommended)}


def test_wanted_films_are_rows_in_their_order(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", film(20, 70, 10, 999, 30, 40, 50))
    truth = read_recommendations(path, IDS)
    assert [rows.tolist() for rows in truth.asked] == [[1]]
    assert [rows.tolist() for rows in truth.wanted] == [[6, 0, 2, 3, 4]]
    assert truth.allowed is None


def test_a_film_is_not_wanted_for_itself_nor_twice(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", film(20, 20, 10, 10, 30, 40, 50, 60))
    assert read_recommendations(path, IDS).wanted[0].tolist() == [0, 2, 3, 4, 5]


def test_blank_lines_say_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("\n" + json.dumps(film(10, 20, 30, 40, 50, 60)) + "\n\n", encoding="utf-8")
    assert len(read_recommendations(path, IDS).asked) == 1


def test_the_first_line_of_a_film_counts(tmp_path: Path) -> None:
    first, again = film(10, 20, 30, 40, 50, 60), film(10, 70, 60, 50, 40, 30)
    path = write_lines(tmp_path / "a.jsonl", first, again)
    assert [rows.tolist() for rows in read_recommendations(path, IDS).wanted] == [[1, 2, 3, 4, 5]]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([film(1, 10, 20, 30, 40, 50)], "no film of it is in the catalogue"),
        ([film(10, 20, 30, 40, 50)], "no film of it has enough recommendations"),
        ([film(10, 20), {"tmdb_id": "x"}], "line 2"),
        ([{"tmdb_id": 10}], "line 1"),
        ([], "no film of it"),
    ],
)
def test_an_unusable_file_is_refused_with_its_reason(
    tmp_path: Path, lines: list[object], reason: str
) -> None:
    with pytest.raises(SourceError, match=reason):
        read_recommendations(write_lines(tmp_path / "a.jsonl", *lines), IDS)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"tmdb_id": 1, "title": "\xff"}\n')
    with pytest.raises(SourceError, match=r"a\.jsonl"):
        read_recommendations(path, IDS)


def test_a_folder_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        read_recommendations(tmp_path, IDS)


def test_the_larger_pair_of_files_is_found_plain_or_packed(tmp_path: Path) -> None:
    names = ["ratings_small.csv", "ratings.csv.zst", "links.csv", "recommendations.jsonl"]
    for name in names:
        (tmp_path / name).touch()
    found = find_truth(tmp_path)
    assert found.ratings == tmp_path / "ratings.csv.zst"
    assert found.links == tmp_path / "links.csv"
    assert found.recommendations == tmp_path / "recommendations.jsonl"


def test_ratings_without_links_are_no_truth_set(tmp_path: Path) -> None:
    (tmp_path / "ratings.csv").touch()
    assert find_truth(tmp_path) == (None, None, None)


def test_a_truth_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    given = write_lines(tmp_path / "mine.jsonl")
    assert find_truth(tmp_path, given).recommendations == given
    with pytest.raises(SourceError, match=r"absent\.jsonl is missing"):
        find_truth(tmp_path, tmp_path / "absent.jsonl")


def test_a_sample_is_drawn_once_and_for_all() -> None:
    questions = [np.array([place]) for place in range(100)]
    truth = Truth(questions, questions)
    sample = truth.sample(10)
    places = [int(rows[0]) for rows in sample.asked]
    assert places == sorted(set(places))
    assert len(places) == 10
    assert places == [int(rows[0]) for rows in truth.sample(10).wanted]
    assert truth.sample(100) is truth


def test_a_folder_that_cannot_be_searched_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        find_truth(tmp_path / ("x" * 300))
