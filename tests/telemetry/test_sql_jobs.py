"""Models inside SQL, limits of questions, and what readers may not do: asked from outside."""
import concurrent.futures
import time

import requests

from halls import wait_for


def ask(station, text, limit=1000, timeout=60):
    return requests.post(station.base_url + "/api/v1/sql", json={"sql": text, "limit": limit}, timeout=timeout)


def test_questions_change_nothing(hall):
    for text in ("CREATE TABLE t(a)", "DELETE FROM oree_jobs", "UPDATE oree_jobs SET state = 'Stopped'", "DROP TABLE oree_jobs",
                 "PRAGMA writable_schema = 1", "ATTACH 'x.db' AS x", "VACUUM INTO 'copy.db'",
                 "EXEC sys.sp_stop_streaming_job 'a'", "CREATE EXTERNAL FILE FORMAT f WITH (FORMAT_TYPE = JSON)",
                 "SELECT 1; DELETE FROM oree_jobs", "WITH x AS (SELECT 1) INSERT INTO oree_jobs(name) SELECT * FROM x",
                 "SELECT a INTO t FROM (SELECT 1 AS a)", "SELECT load_extension('x')", "SELECT writefile('x', 'y')"):
        answer = ask(hall, text)
        assert 400 <= answer.status_code < 500, f"{text}: {answer.status_code} {answer.text}"
    assert ask(hall, "SELECT count(*) FROM oree_jobs").status_code == 200


def test_a_question_that_would_never_end_is_ended(hall):
    started = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor() as pool:
        endless = pool.submit(ask, hall, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n")
        # Others are answered meanwhile.
        assert wait_for(lambda: ask(hall, "SELECT 1 AS one").json()["rows"] == [[1]])
        answer = endless.result()
    assert answer.status_code == 504, answer.text
    assert "longer than" in answer.text
    assert time.monotonic() - started < 55


def test_a_question_that_wants_all_memory_is_refused(hall):
    answer = ask(hall, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
                       "SELECT length(group_concat(hex(randomblob(1000)))) FROM n")
    assert answer.status_code in (400, 504), answer.text
    assert "memory" in answer.text or "longer than" in answer.text or "too big" in answer.text
    assert ask(hall, "SELECT 1").status_code == 200
