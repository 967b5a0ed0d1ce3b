//! A build that does not record: everything compiles and returns what it would, no lazy argument is
//! evaluated, and nothing is there to be read. It has a workspace of its own, because in a build with
//! packages that record it would record too.

#![deny(warnings)]
#![forbid(unsafe_code)]

use std::fmt::{self, Debug, Display};
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use futures::executor::block_on;
use futures::sink::SinkExt as _;
use futures::stream::{self, Stream, StreamExt as _};
use http_body_util::{BodyExt as _, Full};
use isohub::testing::Recorder;
use isohub::{
    Carried, Console, Hub, HubBodyExt as _, HubFutureExt as _, HubStreamExt, IsolatedPool, Job, Level, breadcrumb,
    carry, isolated, isolated_hub, parallel, parallel_span, record, span, spawn_isolated, start_span, suppress,
};

/// What must not be asked for.
struct Never;

impl Display for Never {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        unreachable!("displayed")
    }
}

impl Debug for Never {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        unreachable!("shown")
    }
}

/// What must not be evaluated.
fn never<T>() -> T {
    unreachable!("evaluated")
}

#[span(op = "op", kind = server, level = debug, fields(a = never::<u8>(), %n, ?n), err, ret(r = never::<u8>()))]
fn fallible(n: Never) -> Result<u8, Never> {
    Err(n)
}

#[span("named", links = never::<Vec<isohub::SpanContext>>(), parent = never::<Option<isohub::SpanContext>>(), err(Debug))]
async fn fallible_later(n: Never) -> Result<u8, Never> {
    Err(n)
}

#[parallel_span(tags(a = never::<u8>()), detached, error_if = |_| never(), ret)]
async fn parallel_later(a: &str) -> usize {
    a.len()
}

#[isolated_hub(fresh, tags(a = never::<u8>()), parent = never::<isohub::SpanContext>())]
fn isolated_now(a: &mut [u8]) -> Option<&mut u8> {
    a.first_mut()
}

#[span(err(capture))]
fn boxed(n: u8) -> Pin<Box<dyn Future<Output = Result<u8, std::num::ParseIntError>> + Send>> {
    let n = n + 1;
    Box::pin(async move { Ok("1".parse::<u8>()? + n) })
}

#[test]
fn functions_are_as_they_were() {
    assert!(fallible(Never).is_err());
    assert!(block_on(fallible_later(Never)).is_err());
    assert_eq!(block_on(parallel_later("abc")), 3);
    assert_eq!(isolated_now(&mut [1]), Some(&mut 1));
    assert_eq!(block_on(boxed(1)), Ok(3));
}

struct Container;

#[parallel_span(fields(a = never::<u8>()), tags(a = never::<u8>()), err(capture))]
impl Container {
    async fn fallible() -> Result<(), Never> {
        Err(Never)
    }

    #[span(skip)]
    fn skipped() -> u8 {
        2
    }

    fn stream() -> impl Stream<Item = u8> {
        stream::iter([Self::skipped()])
    }
}

#[test]
fn containers_and_streams_are_as_they_were() {
    assert!(block_on(Container::fallible()).is_err());
    assert_eq!(block_on(Container::stream().collect::<Vec<_>>()), [2]);
    assert!(!std::any::type_name_of_val(&Container::stream()).contains("isohub::"));
}

#[test]
fn streams_sinks_and_bodies_in_a_hub_are_what_they_hold() {
    block_on(async {
        let mut sink = Hub::current().with_tag("a", 1).bind(Vec::new());
        sink.send(Hub::current().scope().tags().len()).await.unwrap();
        let items = HubStreamExt::in_span(stream::iter([1, 2]), start_span!("a", b = never::<u8>()));
        assert_eq!(HubStreamExt::isolated(items).collect::<Vec<_>>().await, [1, 2]);
        let body = Full::new(&b"abc"[..]).in_span(start_span!("a", b = never::<u8>()));
        assert_eq!(body.isolated().collect().await.unwrap().to_bytes(), "abc");
    });
}

#[test]
fn futures_are_those_of_the_function() {
    async fn plain(a: &str) -> usize {
        a.len()
    }
    assert_eq!(size_of_val(&plain("a")), size_of_val(&parallel_later("a")));
    assert!(!std::any::type_name_of_val(&named_later("a")).contains("isohub::"));
}

#[span]
async fn named_later(a: &str) -> usize {
    a.len()
}

/// Parameters that are patterns, dropped or held over an await take no more place than they took.
#[test]
fn marked_futures_are_no_larger() {
    macro_rules! held {
        ($($attribute:meta)?) => {{
            $(#[$attribute])?
            async fn held(a: [u8; 100], (b, mut c): (String, [u64; 9]), _: [u8; 50], _d: &str) -> u64 {
                c[0] += 1;
                std::future::ready(()).await;
                if a[0] > 0 {
                    return 1;
                }
                c[0] + b.len() as u64
            }
            $(#[$attribute])?
            fn returned<'a>(a: &'a str) -> impl Future<Output = usize> + Send + 'a {
                let b = a.len();
                if b == 0 {
                    return futures::future::Either::Left(std::future::ready(0));
                }
                futures::future::Either::Right(async move { a.len() + b })
            }
            let held = held([0; 100], ("1".to_owned(), [0; 9]), [0; 50], "");
            let returned = returned("ab");
            let sizes = [size_of_val(&held), align_of_val(&held), size_of_val(&returned)];
            (sizes, block_on(held), block_on(returned))
        }};
    }
    let plain = held!();
    let isolated = held!(isolated_hub);
    let parallel = held!(parallel_span(fields(a = never::<u8>()), parent = None::<isohub::SpanContext>));
    for marked in [isolated, parallel] {
        assert!(marked.0.iter().zip(&plain.0).all(|(ours, plain)| ours <= plain), "{marked:?} {plain:?}");
        assert_eq!((marked.1, marked.2), (plain.1, plain.2));
    }
}

#[span]
async fn inner(list: Vec<u8>) -> usize {
    let block = #[parallel_span("block", fields(a = never::<u8>()))]
    async {
        list.len()
    };
    let closure = #[isolated_hub(tags(a = never::<u8>()))]
    |n: usize| n + list.len();
    let lending = #[parallel_span]
    async |n: usize| list.len() + n;
    block.await + closure(1) + lending(1).await
}

#[test]
fn inner_expressions_are_as_they_were() {
    assert_eq!(block_on(inner(vec![1])), 5);
}

#[test]
fn macros_evaluate_what_does_the_work_and_nothing_else() {
    let span = start_span!("name", a = never::<u8>(), b = %Never);
    let n = span.in_scope(|| {
        record!(a = never::<u8>(), b = %Never, c = ?Never);
        breadcrumb!(never::<String>(), never::<String>(), a = never::<u8>());
        1
    });
    let unit = isolated!(tags(a = never::<u8>()), move || n + 1);
    let mapped: Vec<u8> = [1, 2].into_iter().map(isolated!(move |m: u8| n + m)).collect();
    let future =
        parallel!("name", fields(a = never::<u8>()), parent = never::<isohub::SpanContext>(), async { 2 });
    assert_eq!((unit(), mapped, block_on(future)), (2, vec![2, 3], 2));
    let (a, b) = block_on(async { isohub::join!(async { 1 }, parallel_later("abc")) });
    let tried: Result<(u8, u8), &str> =
        block_on(async { isohub::try_join!(async { Ok(1) }, async { Err("no") }) });
    assert_eq!((a, b, tried), (1, 3, Err("no")));
}

#[test]
fn units_are_spawned() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let local = tokio::task::LocalSet::new();
    let sum = local.block_on(&runtime, async {
        let mut set = tokio::task::JoinSet::new();
        spawn_isolated!(in set, async { 1 });
        let rc = Rc::new(2);
        spawn_isolated!("task", tags(a = never::<u8>()), async { 3 }).await.unwrap()
            + spawn_isolated!(local, async move { *rc }).await.unwrap()
            + spawn_isolated!("blocking", blocking, || 4).await.unwrap()
            + spawn_isolated!(thread, || 5).join().unwrap()
            + set.join_next().await.unwrap().unwrap()
    });
    assert_eq!(sum, 15);
}

#[test]
fn what_is_carried_is_the_value() {
    let counted = Rc::new(());
    let carried: Carried<Rc<()>> = carry(Rc::clone(&counted));
    let copy = carried.clone();
    assert_eq!((Rc::strong_count(carried.value()), carried.hub().scope().tags().len()), (3, 0));
    drop(copy);
    let carried = carried.map(|it| (it, 1));
    let ((it, one), hub) = carried.into_parts();
    assert_eq!((one, Rc::strong_count(&it), hub.span_context()), (1, 2, None));
    drop(it);
    assert_eq!(Rc::strong_count(&counted), 1);
    assert_eq!((carry(1).handle(|n| n + 1), block_on(carry(1).handle_async(async |n| n + 1))), (2, 2));
}

#[test]
fn what_is_suppressed_and_what_a_pool_is_given_runs() {
    assert_eq!(suppress(|| 1) + block_on(async { 2 }.suppressed()), 3);
    let (jobs, received) = std::sync::mpsc::channel::<Job>();
    let worker = std::thread::spawn(|| received.into_iter().for_each(|job| job()));
    let pool = IsolatedPool::new(move |job| jobs.send(job));
    let (said, heard) = std::sync::mpsc::channel();
    for n in 0..3 {
        let said = said.clone();
        let say = move || said.send(n).unwrap();
        match n {
            0 => pool.execute(say).unwrap(),
            1 => spawn_isolated!(in pool, "job", tags(a = never::<u8>()), say).unwrap(),
            _ => pool.execute(parallel!("job", fields(a = never::<u8>()), say)).unwrap(),
        }
    }
    drop((pool, said));
    assert_eq!(heard.into_iter().collect::<Vec<_>>(), [0, 1, 2]);
    worker.join().unwrap();
    let named = std::thread::Builder::new().name("named".to_owned());
    let thread = spawn_isolated!(in named, || std::thread::current().name().map(str::to_owned)).unwrap();
    assert_eq!(thread.join().unwrap().as_deref(), Some("named"));
}

#[test]
fn nothing_is_kept() {
    isohub::set_tag("a", 1);
    isohub::set_user(isohub::User::default());
    isohub::add_breadcrumb(isohub::Breadcrumb::new("a"));
    isohub::configure_scope(|scope| scope.set_tag("b", 1));
    isohub::configure_global(|scope| scope.set_tag("c", 1));
    isohub::capture_message("a", Level::Error);
    let hub = Hub::current();
    assert_eq!(hub.scope().tag("a"), None);
    assert_eq!(hub.last_event_id(), None);
    assert_eq!(hub.span_context(), None);
    assert!(!isohub::current_span().is_recorded());
    assert_eq!(isohub::last_event_id(), None);
    let seen = block_on(async { Hub::current().scope().tag("a").is_some() }.bind_hub(hub.with_tag("a", 1)));
    assert!(!seen);
}

#[test]
fn nothing_is_read_of_a_request_and_nothing_passed_on() {
    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let remote = isohub::Remote::extract(|_| -> [&str; 1] { never() });
    assert!(remote.context().is_none() && remote.tracestate().is_none());
    assert_eq!(remote.baggage().iter().len(), 0);
    isohub::set_baggage("a", Never);
    isohub::remove_baggage("a");
    assert_eq!(isohub::baggage().get("a"), None);
    let context: isohub::SpanContext = traceparent.parse().unwrap();
    let mut hub = Hub::current().with_parent(&remote).with_parent(context);
    hub.run(|| isohub::inject(|_, _| never()));
    parallel!("unit", parent = never::<isohub::Remote>(), || isohub::inject(|_, _| never()))();
    let propagation = isohub::Propagation::w3c().and(isohub::Propagation::sentry("key"));
    drop(isohub::init().propagation(propagation));
}

#[test]
fn pipelines_receive_nothing() {
    let _isohub = isohub::init().sink(Console::new()).tag("a", 1).install().unwrap();
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        drop(fallible(Never));
        start_span!("a").in_scope(|| isohub::capture_message("a", Level::Error));
    });
    block_on(recorder.run(parallel_later("a")));
    recorder.settled(Duration::from_secs(1)).unwrap();
    assert_eq!(recorder.tree(), "");
    assert!(recorder.events().is_empty());
    assert!(!isohub::doctor::IS_PRESENT);
    isohub::doctor::set(isohub::doctor::Doctor::panic());
    isohub::doctor::allow(isohub::doctor::Kind::Orphan);
    assert_eq!(recorder.findings(), []);
    assert_eq!(recorder.close(), []);
    let stats = isohub::stats();
    assert_eq!((stats.started, stats.delivered, stats.orphans, stats.lost_writes), (0, 0, 0, 0));
    assert_eq!(threads_of_ours().unwrap_or_default(), 0);
}

/// How many threads of this process have our name, where that can be told.
fn threads_of_ours() -> Option<usize> {
    let tasks = std::fs::read_dir("/proc/self/task").ok()?;
    let names = tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
    Some(names.filter(|name| name.starts_with("isohub-")).count())
}
