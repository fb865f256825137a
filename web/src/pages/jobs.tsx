// Jobs: what runs all the time over the readings, what runs by the clock, and a box to ask the data itself.
import { useEffect } from 'preact/hooks';
import { ApiError } from '../state/api';
import { now } from '../state/clock';
import { useLoad } from '../state/load';
import { connection } from '../state/stream';
import { read_jobs } from '../state/telemetry_api';
import type { Job, Schedule } from '../state/telemetry_types';
import { recent_moment, until, whole } from '../words/format';
import { t, word } from '../words/words';
import { NoTelemetry } from '../parts/no_telemetry';
import { Shape, StateShape } from '../parts/shape';
import { SqlBox } from '../parts/sql_box';
import { ErrorCard, Skeleton } from '../parts/states';
import { Table } from '../parts/table';

function JobRow({ job }: { job: Job }) {
  return (
    <li class={job.state}>
      <StateShape state={job.state} size={24} />
      <div>
        <b>{job.name}</b> <small class="kind">{word(`job.${job.state}`, job.state)}</small>
        <code class="statement">{job.statement}</code>
        {job.error && <span class="cause">{job.error}</span>}
      </div>
      <dl class="job-counts">
        <div><dt>{t('jobs.in')}</dt><dd>{whole(job.in)}</dd></div>
        <div><dt>{t('jobs.out')}</dt><dd>{whole(job.out)}</dd></div>
        <div class={job.dropped > 0 ? 'bad' : ''}><dt>{t('jobs.dropped')}</dt><dd>{whole(job.dropped)}</dd></div>
      </dl>
    </li>
  );
}

function LastRun({ schedule: { last_run, last_result } }: { schedule: Schedule }) {
  if (last_run === null) return <span class="muted">{t('jobs.never')}</span>;
  const good = last_result === 'ok' || last_result === '';
  return <span class="last-run"><Shape decision={good ? 'OK' : 'KO'} size={20} /><span>{recent_moment(last_run, now.value)}{!good && <span class="cause">{last_result}</span>}</span></span>;
}

function Schedules({ schedules }: { schedules: Schedule[] }) {
  return (
    <section class="panel wide">
      <h2>{t('jobs.schedules')}</h2>
      {schedules.length === 0 ? <p class="muted">{t('jobs.no_schedule')}</p> : (
        <Table label={t('jobs.schedules')} rows={schedules} row_key={(s) => s.name} columns={[
          { title: t('jobs.name'), cell: (s) => <b>{s.name}</b> },
          { title: t('jobs.when'), cell: (s) => <code>{s.when}</code> },
          { title: t('jobs.statement'), cell: (s) => <code class="statement">{s.statement}</code> },
          { title: t('jobs.last'), cell: (s) => <LastRun schedule={s} /> },
          { title: t('jobs.next'), cell: (s) => (s.next_run === null ? '–' : <>{recent_moment(s.next_run, now.value)} <small>{until(s.next_run, now.value)}</small></>) },
        ]} />
      )}
    </section>
  );
}

export function JobsPage() {
  const { data, error, again } = useLoad('jobs', read_jobs, 3000);
  useEffect(() => {
    document.title = `${t('jobs.title')} – Orée`;
  });
  if (error instanceof ApiError && error.status === 404) return <NoTelemetry />;
  return (
    <div class={`jobs${connection.value === 'lost' ? ' old' : ''}`}>
      <header class="page-head"><h1>{t('jobs.title')}</h1></header>
      {!data && (error !== undefined ? <ErrorCard error={error} again={again} /> : <Skeleton count={4} />)}
      {data && (
        <div class="panels">
          <section class="panel wide">
            <h2>{t('jobs.streaming')}</h2>
            {data.jobs.length === 0 ? <p class="muted">{t('jobs.no_job')}</p> : <ul class="rows jobs-rows">{data.jobs.map((job) => <JobRow key={job.name} job={job} />)}</ul>}
          </section>
          <Schedules schedules={data.schedules} />
          <SqlBox />
        </div>
      )}
    </div>
  );
}
