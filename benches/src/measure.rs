//! Taking turns, so that whatever else the machine does strikes all alike.

use std::time::{Duration, Instant};

use cpu_time::ProcessTime;

use crate::work::{Contender, Turn, Work};

/// How long what was recorded may take to arrive.
const PATIENCE: Duration = Duration::from_secs(3);

/// What was measured of one contender at one piece of work.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Who.
    pub name: &'static str,
    /// Nanoseconds of the calling thread for an operation, a figure a turn, in ascending order.
    pub nanos: Vec<f64>,
    /// The same of the processor: of all threads, until everything had arrived.
    pub drained: Vec<f64>,
    /// Records that had to arrive.
    pub expected: u64,
    /// Records that arrived.
    pub received: u64,
}

impl Measured {
    /// The middle one of the times.
    pub fn median(&self) -> f64 {
        middle(&self.nanos)
    }

    /// The least of the times.
    pub fn least(&self) -> f64 {
        self.nanos.first().copied().unwrap_or(f64::NAN)
    }

    /// The middle one of the processor's times.
    pub fn drained(&self) -> f64 {
        middle(&self.drained)
    }
}

fn middle(sorted: &[f64]) -> f64 {
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Lets all contenders that have such a thing do `work` in so many rounds, a turn each.
pub fn rounds(contenders: &[Box<dyn Contender>], work: Work, rounds: u32) -> Vec<Measured> {
    let mut runners: Vec<Runner<'_>> =
        contenders.iter().filter_map(|contender| Runner::new(contender.as_ref(), work)).collect();
    // The first round finds cold caches, and makes what is made once.
    for round in 0..=rounds {
        for runner in &mut runners {
            runner.take_turn(work.turn(), round > 0);
        }
    }
    runners.into_iter().map(Runner::finish).collect()
}

struct Runner<'a> {
    contender: &'a dyn Contender,
    turn: Turn,
    received_before: u64,
    measured: Measured,
}

impl<'a> Runner<'a> {
    fn new(contender: &'a dyn Contender, work: Work) -> Option<Self> {
        let turn = contender.prepare(work)?;
        contender.drain();
        let measured = Measured {
            name: contender.name(),
            nanos: Vec::new(),
            drained: Vec::new(),
            expected: 0,
            received: 0,
        };
        Some(Runner { contender, turn, received_before: contender.received(), measured })
    }

    fn take_turn(&mut self, n: u64, counts: bool) {
        let processor = ProcessTime::now();
        let start = Instant::now();
        self.measured.expected += (self.turn)(n);
        let nanos = start.elapsed().as_nanos() as f64 / n as f64;
        self.contender.drain();
        let drained = processor.elapsed().as_nanos() as f64 / n as f64;
        if counts {
            self.measured.nanos.push(nanos);
            self.measured.drained.push(drained);
        }
    }

    fn finish(mut self) -> Measured {
        // What is late is not lost: some peers hand over at their own pace.
        let deadline = Instant::now() + PATIENCE;
        while self.contender.received() - self.received_before < self.measured.expected
            && Instant::now() < deadline
        {
            self.contender.drain();
            std::thread::sleep(Duration::from_millis(10));
        }
        self.measured.received = self.contender.received() - self.received_before;
        self.measured.nanos.sort_by(f64::total_cmp);
        self.measured.drained.sort_by(f64::total_cmp);
        self.measured
    }
}
