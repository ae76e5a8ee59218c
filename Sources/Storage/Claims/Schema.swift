/// The tables of a shared queue. They hold who works on what and nothing else: job.json stays the truth about a job, so
/// all of this can be dropped and made again from the roots at any time.
enum Schema {
  /// Raised with every change of the tables; `statements` then leads every older version here.
  static let version = 2

  /// Each may be carried out any number of times, also while others work.
  static let statements = [
    // Two that prepare at once would trip over each other's half-made tables.
    "select pg_advisory_xact_lock(1936024936)",
    """
    create table if not exists scenehf_setting (
      only_row boolean primary key default true check (only_row), version int not null, lease double precision not null)
    """,
    """
    create table if not exists scenehf_worker (
      id bigint generated always as identity primary key, root text not null, name text not null,
      works boolean not null, services text[] not null, megabytes int not null, running int not null default 0,
      since timestamptz not null default clock_timestamp(), beat timestamptz not null default clock_timestamp())
    """,
    """
    create table if not exists scenehf_inbox (
      root text not null, inbox text not null, turn bigint not null, primary key (root, inbox))
    """,
    // A worker that is deleted, because it left or was not heard of, gives its jobs back by that alone.
    """
    create table if not exists scenehf_job (
      root text not null, job text not null, inbox text not null, is_new boolean not null, services text[] not null,
      megabytes int not null, turn bigint not null, number bigint generated always as identity,
      holder bigint references scenehf_worker on delete set null, fence bigint not null default 0,
      again boolean not null default false, primary key (root, job))
    """,
    """
    create index if not exists scenehf_job_waiting on scenehf_job (root, is_new, turn, number) where holder is null
    """,
    "alter table scenehf_job add column if not exists wishes text[] not null default '{}'",
    // What machines of the root have had to offer, and until when each provider is left alone.
    """
    create table if not exists scenehf_provider (
      root text not null, provider text not null, held_until timestamptz not null default '-infinity',
      primary key (root, provider))
    """,
    "create index if not exists scenehf_job_held on scenehf_job (holder) where holder is not null",
    """
    create table if not exists scenehf_day (
      root text not null, day text not null, calls int not null, primary key (root, day))
    """,
    "create sequence if not exists scenehf_fence",
    "insert into scenehf_setting (version, lease) values (1, 15) on conflict do nothing",
  ]

  /// root, job, inbox, is_new, services, wishes, megabytes. `$8` is 'yes' where new work is handed in, so that a held job has
  /// to be looked at once more.
  static let enqueue = """
    with place as (
      insert into scenehf_inbox as i (root, inbox, turn)
      values ($1, $3, coalesce(
        (select min(turn) from scenehf_job where root = $1 and holder is null and is_new),
        (select max(turn) + 1 from scenehf_inbox where root = $1), 1))
      on conflict (root, inbox) do update set turn = greatest(i.turn + 1, excluded.turn)
      returning turn),
    entry as (
      insert into scenehf_job as j (root, job, inbox, is_new, services, wishes, megabytes, turn)
      select $1, $2, $3, $4::boolean, $5::text[], $6::text[], $7::int, turn from place
      on conflict (root, job) do update set
        again = j.again or (j.holder is not null and $8 = 'yes'),
        is_new = case when j.holder is null then excluded.is_new else j.is_new end,
        services = case when $8 = 'yes' then excluded.services else j.services end,
        wishes = case when $8 = 'yes' then excluded.wishes else j.wishes end,
        megabytes = case when $8 = 'yes' then excluded.megabytes else j.megabytes end
      returning 1)
    select pg_notify('scenehf_work', $1) from entry
    """

  /// root, worker, jobs that this process is still busy with, services and megabytes it has. Nothing for a worker that is
  /// about to be forgotten.
  static let next = """
    with pick as (
      select job from scenehf_job
      where root = $1 and holder is null and not job = any($3::text[]) and services <@ $4::text[]
        and megabytes <= $5::int and not exists (
          select from unnest(wishes) wish join scenehf_provider p on p.root = $1 and p.provider = wish
          where not wish = any($4::text[]))
        and exists (
          select from scenehf_worker where id = $2::bigint
            and beat > clock_timestamp() - make_interval(secs => (select lease from scenehf_setting)))
      order by is_new, turn, number limit 1 for update skip locked)
    update scenehf_job j set holder = $2::bigint, fence = nextval('scenehf_fence'), is_new = false, again = false
    from pick where j.root = $1 and j.job = pick.job returning j.job, j.fence
    """

  /// root, job, worker, fence: first what got no new work meanwhile goes, then what did waits again.
  static let finish = """
    delete from scenehf_job where root = $1 and job = $2 and holder = $3::bigint and fence = $4::bigint and not again
    """
  static let giveBack = """
    with freed as (
      update scenehf_job set holder = null, again = false
      where root = $1 and job = $2 and holder = $3::bigint and fence = $4::bigint returning 1)
    select pg_notify('scenehf_work', $1) from freed
    """

  /// worker, running: the sign of life; who has not given one within the lease is forgotten.
  static let beat = """
    with setting as (select lease from scenehf_setting),
    me as (update scenehf_worker set beat = clock_timestamp(), running = $2::int where id = $1::bigint returning 1),
    dead as (
      delete from scenehf_worker where id <> $1::bigint
        and beat < clock_timestamp() - make_interval(secs => (select lease from setting)) returning root),
    told as (select pg_notify('scenehf_work', root) from (select distinct root from dead) roots)
    select (select count(*) from me), (select lease from setting), (select count(*) from told)
    """

  /// worker, its jobs: what a lost answer of the database left claimed without anybody knowing waits again.
  static let reconcile = """
    update scenehf_job set holder = null where holder = $1::bigint and not job = any($2::text[])
    """

  /// root, job, worker, fence. However long the worker was silent: until it is forgotten nobody else has the job.
  static let holds = """
    select 1 from scenehf_job
    where root = $1 and job = $2 and holder = $3::bigint and fence = $4::bigint
    """

  /// As `holds`, then day, limit and provider. One row: whether the claim holds, whether a call was granted, how many were
  /// made, for how many seconds the provider is left alone.
  static let takeCall = """
    with mine as (\(holds)),
    held as (
      select extract(epoch from held_until - clock_timestamp()) as seconds from scenehf_provider
      where root = $1 and provider = $7 and held_until > clock_timestamp()),
    taken as (
      update scenehf_day set calls = calls + 1
      where root = $1 and day = $5 and calls < $6::int and exists (select from mine) and not exists (select from held)
      returning 1)
    select (select count(*) from mine), (select count(*) from taken),
      (select calls from scenehf_day where root = $1 and day = $5), coalesce((select seconds from held), 0)
    """

  /// root: for up to five kinds of waiting jobs that no machine can do, how many there are, which of their needs no machine
  /// has (all, where each is somewhere), and the memory where that is what is missing.
  static let unmet = """
    with able as (select services, megabytes from scenehf_worker where root = $1 and works),
    waiting as (
      select services || array(
        select wish from unnest(wishes) wish join scenehf_provider p on p.root = $1 and p.provider = wish) as services,
        megabytes
      from scenehf_job where root = $1 and holder is null),
    kind as (
      select count(*) as jobs, services, megabytes,
        array(select need from unnest(services) need where not exists (select from able a where need = any(a.services)))
          as missing,
        megabytes > coalesce((select max(megabytes) from able), 0) as is_large
      from waiting w
      where not exists (select from able a where w.services <@ a.services and w.megabytes <= a.megabytes)
      group by services, megabytes)
    select jobs, array_to_string(case when missing = '{}' and not is_large then services else missing end, ' and '),
      case when is_large or missing = '{}' then megabytes else 0 end
    from kind order by jobs desc limit 5
    """

  /// root: the providers that are left alone, and for how many seconds.
  static let held = """
    select provider, ceil(extract(epoch from held_until - clock_timestamp())) from scenehf_provider
    where root = $1 and held_until > clock_timestamp() order by 1
    """

  /// root, provider, seconds.
  static let holdBack = """
    insert into scenehf_provider as p (root, provider, held_until)
    values ($1, $2, clock_timestamp() + make_interval(secs => $3::float8))
    on conflict (root, provider) do update set held_until = greatest(p.held_until, excluded.held_until)
    """

  /// root, worker, services and megabytes that it has from now on.
  static let offer = """
    with known as (
      insert into scenehf_provider (root, provider) select $1, unnest($3::text[]) on conflict do nothing)
    update scenehf_worker set services = $3::text[], megabytes = $4::int where id = $2::bigint
    """
}
