//! What units are made of, and how they are to end.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use crate::on::On;
use crate::within::switch;

/// What a unit returns.
pub type Ending = Result<(), Refused>;

/// A unit that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused;

/// What a unit does.
pub type Body = Pin<Box<dyn Future<Output = Ending> + Send>>;

/// How a unit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It returned.
    Ok,
    /// It returned an error.
    Refused,
    /// It panicked.
    Panicked,
    /// It was cancelled, or never run.
    Cancelled,
}

impl From<Ending> for Ended {
    fn from(ending: Ending) -> Self {
        if ending.is_ok() { Ended::Ok } else { Ended::Refused }
    }
}

/// What is to become of the units of a scene.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// They run to their end.
    Finish,
    /// They run to their end, one after the other in the order in which they were made if that can be, and what
    /// they wrote is merged into the hub of their creator.
    Merge,
    /// They are cancelled when all have [started](Scene::started).
    Cancel,
    /// They are dropped before they run.
    Drop,
}

type Around = Box<dyn FnMut(usize, &mut dyn FnMut()) + Send>;

/// Units to be made.
pub struct Scene {
    plan: Plan,
    bodies: Vec<Body>,
    around: Around,
    meanwhile: Box<dyn FnOnce() + Send>,
    started: Started,
}

impl Scene {
    /// `count` units, of which each does what `body` says for its number.
    pub fn of<F>(on: &On, count: usize, body: impl Fn(On, usize) -> F) -> Self
    where
        F: Future<Output = Ending> + Send + 'static,
    {
        let started = Started { arrived: Arc::new(AtomicUsize::new(0)), expected: count };
        let bodies = (0..count).map(|n| -> Body {
            let (arrived, body) = (Arc::clone(&started.arrived), body(on.clone(), n));
            let mut body = Box::pin(body);
            let mut is_first = true;
            // Not an async block, which would have the body twice: what is captured must be dropped once, with it.
            Box::pin(std::future::poll_fn(move |cx| {
                if std::mem::take(&mut is_first) {
                    arrived.fetch_add(1, Ordering::SeqCst);
                }
                body.as_mut().poll(cx)
            }))
        });
        Scene {
            plan: Plan::Finish,
            bodies: bodies.collect(),
            around: Box::new(|_, make| make()),
            meanwhile: Box::new(|| ()),
            started,
        }
    }

    /// The same with another plan.
    pub fn planned(self, plan: Plan) -> Self {
        Scene { plan, ..self }
    }

    /// The same, each unit made by the call that `around` gets.
    pub fn made_in(self, around: impl FnMut(usize, &mut dyn FnMut()) + Send + 'static) -> Self {
        Scene { around: Box::new(around), ..self }
    }

    /// The same, with something that the creator does when all units are made.
    pub fn meanwhile(self, f: impl FnOnce() + Send + 'static) -> Self {
        Scene { meanwhile: Box::new(f), ..self }
    }

    /// How the units are to end.
    pub fn plan(&self) -> Plan {
        self.plan
    }

    /// How many units there are.
    pub fn len(&self) -> usize {
        self.bodies.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.bodies.is_empty()
    }

    /// Makes each unit by `make`, and does what the creator is to do then.
    pub fn create<U>(&mut self, mut make: impl FnMut(Body) -> U) -> Vec<U> {
        let mut made = Vec::new();
        for (n, body) in std::mem::take(&mut self.bodies).into_iter().enumerate() {
            let mut body = Some(body);
            (self.around)(n, &mut || made.extend(body.take().map(&mut make)));
        }
        std::mem::replace(&mut self.meanwhile, Box::new(|| ()))();
        made
    }

    /// The bodies, for units that are made at one place, where the creator waits for them: its adapter lacks
    /// [`InTurn`](crate::Ability::InTurn) and [`Meanwhile`](crate::Ability::Meanwhile).
    pub fn bodies(&mut self) -> Vec<Body> {
        std::mem::take(&mut self.bodies)
    }

    /// Tells when all units have run for the first time.
    pub fn started(&self) -> Started {
        self.started.clone()
    }
}

/// Whether all have arrived that are expected.
#[derive(Clone, Debug)]
pub struct Started {
    arrived: Arc<AtomicUsize>,
    expected: usize,
}

/// After this time what was waited for is given up. Far above what a slow machine takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

impl Started {
    pub(crate) fn expecting(expected: usize) -> Self {
        Started { arrived: Arc::new(AtomicUsize::new(0)), expected }
    }

    /// One has arrived.
    pub(crate) fn arrive(&self) {
        self.arrived.fetch_add(1, Ordering::SeqCst);
    }

    /// Whether all have.
    pub fn is_complete(&self) -> bool {
        self.arrived.load(Ordering::SeqCst) >= self.expected
    }

    /// Waits until all have.
    ///
    /// # Panics
    /// They do not.
    pub async fn all(self) {
        let deadline = Instant::now() + PATIENCE;
        while !self.is_complete() {
            let arrived = self.arrived.load(Ordering::SeqCst);
            assert!(Instant::now() < deadline, "{arrived} of {} units have arrived", self.expected);
            switch().await;
        }
    }
}

/// Looks at what is left where units ran.
pub struct Probe(pub(crate) Box<dyn FnOnce() + Send>);

impl Probe {
    /// Looks.
    pub fn run(self) {
        (self.0)();
    }
}

/// Threads that are kept busy until this is dropped, so that what is given to them waits.
pub struct Held {
    _until_dropped: Vec<Sender<()>>,
}

impl Held {
    /// Keeps `count` threads. Each call of `start` is to run what it gets on one that has nothing else to do.
    pub fn threads(count: usize, mut start: impl FnMut(Probe)) -> Self {
        let (began, has_begun) = channel();
        let kept = (0..count).map(|_| {
            let (until_dropped, wait) = channel::<()>();
            let began = began.clone();
            start(Probe(Box::new(move || {
                let _ = began.send(());
                let _ = wait.recv();
            })));
            until_dropped
        });
        let kept = Held { _until_dropped: kept.collect() };
        for _ in 0..count {
            has_begun.recv_timeout(PATIENCE).expect("a thread that has nothing to do");
        }
        kept
    }
}
