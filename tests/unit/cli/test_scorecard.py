"""The score card and the evaluation on a terminal."""

import datetime as dt
import io
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from cli.errors import CommandError
from cli.evaluation import evaluation_of, show_evaluation
from cli.main import _environ
from cli.scorecard import show_scorecard
from shared.contracts.evaluation import (
    Evaluation,
    FilterFill,
    Interval,
    TruthReport,
    WayScores,
)
from shared.contracts.jobs import JobError, JobView
from shared.contracts.reports import IdList
from shared.contracts.scorecards import Movement, ScoreCard, ScoreCardResponse, TruthMetrics
from tests.factories import scorecard_of
from tests.job_views import job_view

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def console() -> Console:
    return Console(file=io.StringIO(), width=160)


def text_of(written: Console) -> str:
    assert isinstance(written.file, io.StringIO)
    return written.file.getvalue()


def shown(card: ScoreCard, refused: list[str] | None = None) -> str:
    to = console()
    response = ScoreCardResponse(
        release="3-aaaaaaaaaaaa",
        number=3,
        created_at=NOW,
        is_live=not refused,
        refused=refused or [],
        card=card,
    )
    show_scorecard(response, to)
    return text_of(to)


def test_a_good_card_is_shown_in_full() -> None:
    moved = Movement(release=2, movies=18, overlap_at_10=0.75, same_first=0.5)
    truth = TruthMetrics(
        name="T", sha256="a", seeds=1611, hit_at_5=0.69, ndcg_at_10=0.33, recall_at_10=0.15
    )
    text = shown(scorecard_of(20, movement=moved, truths=[truth]))
    for words in (
        "Release 3-aaaaaaaaaaaa (live)",
        "of movies are in a top ten (19)",
        "Against release 2, over 18 movies: 75.0% of a top ten is still there",
        "canary 9 [Rec]: 1, 2, 3, 4, 5\n",
        "Lists are full under 1 of 1 filters",
    ):
        assert words in text
    assert text.split("T  ")[1].split()[:4] == ["1,611", "0.690", "0.330", "0.150"]


def test_faults_are_shown_with_the_first_ids_and_the_reasons() -> None:
    card = scorecard_of(20, self_leaks=IdList(count=1, ids=[7]), fill_rate=0.99998)
    failing = msgspec.structs.replace(card.canaries[0], found=[2, 1], holds=False)
    short = FilterFill(name="comedy", matching=9, fill_rate=0.5)
    card = msgspec.structs.replace(card, canaries=[failing], filters=[short])
    text = shown(card, ["1 movie recommends itself: 7"])
    for words in (
        "(refused)",
        "refused: 1 movie recommends itself: 7",
        "ids 7",
        "99.9980%",
        "FAILS, live: 2, 1",
        "Lists are full under 0 of 1 filters",
        "comedy: 50.0% full, 9 movies match",
        "Compared with no release before it",
    ):
        assert words in text


def evaluation() -> Evaluation:
    interval = Interval(mean=0.69, low=0.665, high=0.713)
    way = WayScores(
        name="ours",
        hit_at_5=interval,
        ndcg_at_10=interval,
        recall_at_10=interval,
        coverage=0.2,
        distinct=6669,
        vote_percentile=0.9,
        intra_list=0.3,
        same_collection=0.1,
        self_leaks=0,
        recall_at_600=0.7,
    )
    bound = msgspec.structs.replace(way, name="bound", recall_at_600=None)
    truth = TruthReport(
        name="B",
        description="Films [liked] together.",
        seeds=1611,
        wanted_per_seed=9.5,
        ways=[way, bound],
        ceiling="bound",
        share_of_ceiling=0.5,
    )
    return Evaluation(
        release="3-aaaaaaaaaaaa",
        model="2026",
        movies=20,
        created_at=NOW,
        seconds=61.0,
        truths=[truth],
        fill=[FilterFill(name="comedy", matching=9, fill_rate=1.0)],
        skipped=["A: no ratings"],
    )


def job(status: str, result: object = None, error: JobError | None = None) -> JobView:
    return job_view(
        id="evaluate-1",
        name="evaluate",
        status=status,
        attempts=1,
        created_at=NOW,
        started_at=NOW,
        ended_at=NOW,
        result=result,
        error=error,
    )


def test_an_evaluation_is_shown_with_a_line_for_each_way() -> None:
    to = console()
    show_evaluation(evaluation(), to)
    text = text_of(to)
    assert "B: Films [liked] together." in text
    assert "share of the ceiling (bound): 50.0%" in text
    assert "not there: A: no ratings" in text
    ours = [line for line in text.splitlines() if line.startswith("ours")]
    assert ours[0].count(".690 (.665-.713)") == 3
    assert ours[1].split() == ["ours", "6,669", "0.20", "0.90", "0.30", "0.10", "0.70", "0"]


def test_the_result_of_a_finished_job_is_read_back() -> None:
    assert evaluation_of(job("finished", msgspec.to_builtins(evaluation()))) == evaluation()


def test_a_failed_job_and_a_strange_result_are_said_plainly() -> None:
    error = JobError(code="source_invalid", message="there is nothing to compare with")
    with pytest.raises(CommandError, match=r"evaluate-1 failed\. there is nothing to compare"):
        evaluation_of(job("failed", error=error))
    with pytest.raises(CommandError, match="something unexpected"):
        evaluation_of(job("finished", {"release": 3}))


def test_a_relative_truth_file_means_the_same_file_in_every_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BUTACA_TRUTH", "truth.jsonl")
    assert _environ()["BUTACA_TRUTH"] == str(tmp_path / "truth.jsonl")
    monkeypatch.delenv("BUTACA_TRUTH")
    assert "BUTACA_TRUTH" not in _environ()
