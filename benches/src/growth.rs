//! What isohub costs as programs grow: spans in a trace, tasks alive at once, threads, what a scope holds.

use std::error::Error;
use std::hint::black_box;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;
use isohub::sink::{Batch, Sink};
use isohub::{Breadcrumb, Guard, Hub, HubFutureExt as _};

use crate::leaf::{Yield, leaf, repeat};
use crate::plot::{Plot, Series};

/// Each point is the least of so many times: what disturbs only adds.
const TIMES: u32 = 5;

/// Records ten million spans as fast as two threads can, and says how many were lost, and where.
pub fn loss() -> Result<(), Box<dyn Error>> {
    const TRACES: u64 = 5_000;
    let guard = isohub::init().sink(Dropped { wants_traces: false }).install()?;
    let start = Instant::now();
    let work = || {
        for _ in 0..TRACES {
            isohub::start_span!("root").in_scope(|| repeat(999, spanned));
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
    let (recorded, _) = (start.elapsed(), settle(&guard));
    let stats = guard.stats();
    let by_sinks: u64 = stats.sinks.iter().map(|sink| sink.lost).sum();
    println!(
        "{} spans were recorded in {recorded:.1?}, and had arrived after {:.1?};",
        stats.started,
        start.elapsed()
    );
    println!("{} were lost before the collector, {by_sinks} before the sink", stats.dropped);
    println!("{:.0} MiB are resident", resident_mib());
    Ok(())
}

/// Drops whole traces, as those receivers want them that take requests.
struct Dropped {
    wants_traces: bool,
}

impl Sink for Dropped {
    fn name(&self) -> &str {
        "dropped"
    }

    fn wants_traces(&self) -> bool {
        self.wants_traces
    }

    fn receive(&mut self, batch: &Batch) {
        black_box(batch);
    }
}

#[isohub::span]
#[inline(never)]
fn spanned(x: u64) -> u64 {
    leaf(x)
}

/// Measures, prints lines of comma-separated values, and draws them.
pub fn run(image: &Path) -> Result<(), Box<dyn Error>> {
    let guard = isohub::init().sink(Dropped { wants_traces: true }).install()?;
    println!("series,size,ns an operation,resident MiB,spans lost");
    let powers = |last: u32| (0..=last).map(|power| 10_u64.pow(power));
    let mut all = Vec::new();
    let mut series = |name: &'static str, sizes: Vec<u64>, once: &mut dyn FnMut(u64) -> f64| {
        let points = sizes.into_iter().map(|size| (size, point(&guard, name, size, once))).collect();
        all.push(Series { name, points });
    };
    series("spans of a trace, a span", powers(6).skip(1).collect(), &mut |n| spans(&guard, n));
    series("tasks alive, a task", powers(6).collect(), &mut tasks);
    series("threads, a span", (0..7).map(|power| 1 << power).collect(), &mut |n| threads(&guard, n));
    series("tags, clone and set one", [1, 3, 10, 30, 100].into(), &mut |tags| {
        clones((0..tags).fold(Hub::base(), |hub, tag| hub.with_tag(format!("tag {tag}"), "value")))
    });
    series("breadcrumbs, clone and set a tag", [1, 3, 10, 30, 100].into(), &mut |crumbs| {
        clones((0..crumbs).fold(Hub::base(), |hub, _| hub.with_breadcrumb(Breadcrumb::new("it happened"))))
    });
    let title = "Nanoseconds an operation as programs grow";
    std::fs::write(image, Plot { title, series: all }.to_svg())?;
    Ok(())
}

fn point(guard: &Guard, name: &str, size: u64, once: &mut dyn FnMut(u64) -> f64) -> f64 {
    let lost = |guard: &Guard| {
        let stats = guard.stats();
        stats.dropped + stats.sinks.iter().map(|sink| sink.lost).sum::<u64>()
    };
    let lost_before = lost(guard);
    let nanos = (0..TIMES).map(|_| once(size)).fold(f64::MAX, f64::min);
    println!("{name},{size},{nanos:.1},{:.1},{}", resident_mib(), lost(guard) - lost_before);
    nanos
}

/// What the process holds in memory.
fn resident_mib() -> f64 {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    let pages = pages.as_deref().and_then(|it| it.split(' ').nth(1)?.parse::<f64>().ok());
    pages.map_or(f64::NAN, |pages| pages * 4096.0 / 1_048_576.0)
}

fn nanos_of(n: u64, f: impl FnOnce()) -> f64 {
    let start = Instant::now();
    f();
    start.elapsed().as_nanos() as f64 / n as f64
}

/// Waits for the sinks, so that one point does not disturb the next.
fn settle(guard: &Guard) {
    // What did not arrive is shown as lost.
    let _ = guard.flush(Duration::from_secs(60));
}

/// A span, in traces of `size`.
fn spans(guard: &Guard, size: u64) -> f64 {
    let traces = (20_000 / size).max(1);
    let nanos = nanos_of(size * traces, || {
        for _ in 0..traces {
            isohub::start_span!("root").in_scope(|| repeat(size, spanned));
        }
    });
    settle(guard);
    nanos
}

/// A task that sets a tag and waits once, while as many others are alive.
fn tasks(alive: u64) -> f64 {
    let rounds = (10_000 / alive).max(1);
    let mut hub = Hub::base().with_tag("service", "shop");
    let task = |i: u64| async move {
        isohub::set_tag("task", i);
        Yield::default().await;
        black_box(leaf(i))
    };
    nanos_of(alive * rounds, || {
        for _ in 0..rounds {
            let mut tasks: Vec<_> =
                hub.run(|| (0..alive).map(|i| task(i).isolated()).map(Box::pin).collect());
            for _ in 0..2 {
                tasks.iter_mut().for_each(|task| poll(task.as_mut()));
            }
        }
    })
}

fn poll(task: Pin<&mut impl Future>) {
    let _ = black_box(task.poll(&mut Context::from_waker(Waker::noop())).is_ready());
}

/// A span, by the processor's time of its thread, while as many threads record.
fn threads(guard: &Guard, threads: u64) -> f64 {
    const SPANS: u64 = 10_000;
    let mut hub = Hub::base();
    let work = || {
        let start = ThreadTime::now();
        isohub::start_span!("root").in_scope(|| repeat(SPANS, spanned));
        start.elapsed().as_nanos() as f64
    };
    let nanos: f64 = hub.run(|| {
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            threads.into_iter().filter_map(|thread| thread.join().ok()).sum()
        })
    });
    settle(guard);
    nanos / (threads * SPANS) as f64
}

/// A clone of `hub` that sets a tag.
fn clones(mut hub: Hub) -> f64 {
    const CLONES: u64 = 10_000;
    hub.run(|| {
        nanos_of(CLONES, || {
            (0..CLONES).for_each(|_| drop(black_box(Hub::current().with_tag("key", "value"))));
        })
    })
}
