"""Reverse-mentoring reports that are due, every weekday morning (Airflow 2.7 or newer)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow import DAG
from airflow.operators.bash import BashOperator

with DAG(
    dag_id="rmanalytics_due",
    schedule="30 5 * * 1-5",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
):
    BashOperator(
        task_id="due",
        bash_command="/opt/rmanalytics/bin/rmanalytics due /srv/mentoring/north --reports /srv/reports --quiet",
        skip_on_exit_code=75,  # another run is at work: skipped, not failed
        retries=0,  # the next call goes on, and backs off by itself
        execution_timeout=timedelta(hours=2),
        append_env=True,
    )
