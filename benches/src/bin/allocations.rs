//! Counts the allocations of the thread that does the work, in a program of its own: counting costs time.
//! Prints a line for each contender and piece of work, with tabs; `benches` reads it.

use isohub_benches::peers;
use isohub_benches::work::Work;

fn main() {
    let mut contenders = peers::all();
    for work in Work::ALL {
        if work == Work::ALL[1] {
            contenders.iter_mut().for_each(|it| it.install());
        }
        if work == Work::TwoThreads {
            // They are not this one.
            continue;
        }
        for contender in &contenders {
            let Some(mut turn) = contender.prepare(work) else { continue };
            // What is made once is not counted: chunks, thread-locals, callsites.
            for _ in 0..3 {
                turn(work.turn());
                contender.drain();
            }
            let n = work.turn();
            let counted = allocation_counter::measure(|| {
                turn(n);
            });
            let (count, held) = (counted.count_total as f64 / n as f64, counted.bytes_max as f64 / n as f64);
            println!("{}\t{work}\t{count}\t{held}", contender.name());
        }
    }
}
