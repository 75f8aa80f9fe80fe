import gzip
from pathlib import Path

import numpy as np
import pytest

from shared.errors import SourceError
from worker.evaluation.likes import Likes, read_likes

IDS = np.array([700, 800, 900])
LINKS = "movieId,imdbId,tmdbId\n7,1,700\n8,2,800\n9,3,900\n10,4,\n11,5,1100\n"
HEADER = "userId,movieId,rating,timestamp\n"


def read(folder: Path, ratings: str, links: str = LINKS, most_users: int = 100) -> Likes:
    (folder / "ratings.csv").write_text(ratings, encoding="utf-8")
    (folder / "links.csv").write_text(links, encoding="utf-8")
    return read_likes(folder / "ratings.csv", folder / "links.csv", IDS, most_users)


def test_a_like_is_a_rating_of_four_and_more(tmp_path: Path) -> None:
    likes = read(tmp_path, HEADER + "1,7,4.0,5\n1,8,3.5,6\n2,9,5,1\n")
    assert likes.user.tolist() == [0, 1]
    assert likes.row.tolist() == [0, 2]
    assert likes.rated.tolist() == [True, True, True]


def test_likes_are_in_the_order_of_time(tmp_path: Path) -> None:
    likes = read(tmp_path, HEADER + "5,9,5,30\n5,7,5,10\n3,8,5,99\n5,8,5,20\n")
    assert [rows.tolist() for rows in likes.by_user()] == [[1], [0, 1, 2]]


def test_the_latest_rating_of_a_movie_counts(tmp_path: Path) -> None:
    likes = read(tmp_path, HEADER + "1,7,2,20\n1,7,5,10\n1,8,2,10\n1,8,5,20\n")
    assert likes.row.tolist() == [1]


def test_movies_that_the_catalogue_lacks_are_left_out(tmp_path: Path) -> None:
    likes = read(tmp_path, HEADER + "1,10,5,1\n1,11,5,1\n1,99,5,1\n1,9,5,1\n")
    assert likes.row.tolist() == [2]


def test_the_matrix_holds_the_flagged_users_alone(tmp_path: Path) -> None:
    likes = read(tmp_path, HEADER + "1,7,4,5\n1,9,4,5\n2,8,4,5\n")
    assert likes.matrix().toarray().tolist() == [[1, 0, 1], [0, 1, 0]]
    flagged = likes.matrix(np.array([False, True]))
    assert flagged.toarray().tolist() == [[0, 0, 0], [0, 1, 0]]


def test_a_sample_of_users_is_the_same_in_any_order(tmp_path: Path) -> None:
    lines = [f"{user},{7 + user % 3},5,1\n" for user in range(1, 60)]
    likes = read(tmp_path, HEADER + "".join(lines), most_users=10)
    again = read(tmp_path, HEADER + "".join(reversed(lines)), most_users=10)
    assert likes.users == 10
    assert likes.row.tolist() == again.row.tolist()


def test_ids_that_another_tool_wrote_as_decimals_are_read(tmp_path: Path) -> None:
    likes = read(tmp_path, HEADER + "1,7,5,1.0\n", "movieId,imdbId,tmdbId\n7,1,700.0\n8,2,nan\n")
    assert likes.row.tolist() == [0]


def test_a_rating_that_is_no_number_is_no_like(tmp_path: Path) -> None:
    likes = read(tmp_path, HEADER + "1,7,5,1\n1,8,nan,1\n1,9,inf,1\n1,9,,1\n,9,5,1\n")
    assert likes.row.tolist() == [0]


def test_packed_files_are_read(tmp_path: Path) -> None:
    packed = tmp_path / "ratings.csv.gz"
    packed.write_bytes(gzip.compress((HEADER + "1,7,4.0,5\n").encode()))
    (tmp_path / "links.csv").write_text(LINKS, encoding="utf-8")
    assert read_likes(packed, tmp_path / "links.csv", IDS).row.tolist() == [0]


@pytest.mark.parametrize(
    ("ratings", "links", "reason"),
    [
        ("userId,movieId,rating\n1,7,4\n", LINKS, r"ratings\.csv lacks the column timestamp"),
        (HEADER + "1,7,4,5\n", "movieId,tmdb\n7,700\n", r"links\.csv lacks the column tmdbId"),
        (HEADER + "1,7,good,5\n", LINKS, r"ratings\.csv cannot be read"),
        (HEADER + "1,7,4,5\n", "movieId,tmdbId\n7,x\n", r"links\.csv cannot be read"),
        (HEADER + "1,7,3,5\n", LINKS, "no liked movie is in the catalogue"),
        (HEADER + "1,99,5,5\n", LINKS, "no liked movie is in the catalogue"),
        (HEADER, LINKS, "no liked movie is in the catalogue"),
        ("", LINKS, r"ratings\.csv cannot be read"),
    ],
)
def test_an_unusable_file_is_refused_with_its_reason(
    tmp_path: Path, ratings: str, links: str, reason: str
) -> None:
    with pytest.raises(SourceError, match=reason) as caught:
        read(tmp_path, ratings, links)
    assert "\n" not in caught.value.message


def test_a_truncated_packed_file_is_refused(tmp_path: Path) -> None:
    packed = tmp_path / "ratings.csv.gz"
    lines = "".join(f"{user},7,4.0,{user * 7919 % 1013}\n" for user in range(5000))
    packed.write_bytes(gzip.compress((HEADER + lines).encode())[:-2000])
    (tmp_path / "links.csv").write_text(LINKS, encoding="utf-8")
    with pytest.raises(SourceError, match=r"ratings\.csv\.gz cannot be read"):
        read_likes(packed, tmp_path / "links.csv", IDS)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"ratings\.csv cannot be read"):
        read_likes(tmp_path / "ratings.csv", tmp_path / "links.csv", IDS)
