//! What an annotated body spawns is checked by its type; it runs as if nothing had looked.

use std::cell::Cell;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use isohub::{isolated_hub, parallel_span, span};
use tokio::sync::Barrier;
use tokio::time::timeout;

use super::{SEEN, unit};
use crate::support::{current_thread, tags, workers};

#[isolated_hub]
async fn spawns(meet: Arc<Barrier>) -> ([String; 2], String) {
    isohub::set_tag("creator", "yes");
    isohub::set_tag("removed", "no");
    let first = tokio::spawn(unit(1, Arc::clone(&meet)));
    let second = tokio::spawn(Box::pin(timeout(Duration::from_secs(20), unit(2, meet))));
    isohub::set_tag("later", "unseen");
    let first = first.await.expect("no panic");
    let second = second.await.expect("no panic").expect("in time");
    ([first, second], tags())
}

#[test]
fn spawned_calls_start_from_the_hub_that_spawned_them() {
    let (seen, creator) = workers(2).block_on(spawns(Arc::new(Barrier::new(2))));
    assert_eq!(seen, SEEN);
    assert_eq!(creator, "creator=yes later=unseen removed=no");
}

type Log = Arc<Mutex<Vec<&'static str>>>;

struct Said(Log, &'static str);

impl Said {
    fn new(log: &Log, what: &'static str) -> Self {
        log.lock().expect("no panic").push(what);
        Said(Arc::clone(log), what)
    }

    fn text(&self) -> &'static str {
        self.1
    }
}

impl Drop for Said {
    fn drop(&mut self) {
        self.0.lock().expect("no panic").push("dropped");
    }
}

#[parallel_span]
async fn work(log: Log, text: &'static str, held: Said) {
    log.lock().expect("no panic").push(text);
    drop(held);
}

/// The same statements with and without an attribute around them.
macro_rules! order {
    ($name:ident $(, $attribute:meta)?) => {
        $(#[$attribute])?
        async fn $name(log: Log) {
            // Temporaries live until the end of the `match`.
            match tokio::spawn(work(log.clone(), Said::new(&log, "temporary").text(), Said::new(&log, "held"))) {
                task => {
                    log.lock().expect("no panic").push("spawned");
                    task.await.expect("no panic");
                }
            }
        }
    };
}

order!(plain);
order!(in_a_span, span);
order!(in_a_hub, isolated_hub);
order!(unchecked, isolated_hub(allow(bare_spawn)));

#[test]
fn arguments_of_a_spawned_call_are_evaluated_and_dropped_when_they_were() {
    fn logged<F: Future<Output = ()>>(f: impl Fn(Log) -> F) -> Vec<&'static str> {
        let log = Log::default();
        current_thread().block_on(f(Arc::clone(&log)));
        log.lock().expect("no panic").clone()
    }
    let expected = ["temporary", "held", "spawned", "temporary", "dropped", "dropped"];
    assert_eq!(logged(plain), expected);
    assert_eq!(logged(in_a_span), expected);
    assert_eq!(logged(in_a_hub), expected);
    assert_eq!(logged(unchecked), expected);
}

#[test]
fn a_spawned_call_is_made_once_where_it_stands() {
    #[isolated_hub]
    async fn counted(n: u32) -> u32 {
        n
    }
    #[span]
    async fn sum(calls: &Cell<u32>) -> u32 {
        let next = || {
            calls.set(calls.get() + 1);
            calls.get()
        };
        let mut sum = 0;
        for _ in 0..3 {
            sum += tokio::spawn(counted(next())).await.unwrap_or_default();
        }
        sum + tokio::spawn(if calls.get() == 3 { counted(next()) } else { return 0 })
            .await
            .unwrap_or_default()
    }
    let calls = Cell::new(0);
    assert_eq!((current_thread().block_on(sum(&calls)), calls.get()), (10, 4));
}
