//! Programs that need a process of their own, one for each first argument. They print what they saw;
//! the tests that start them say what that should be.

mod accounts;
mod doctor;
mod errors;
mod exits;
mod faults;
mod forks;
mod panics;
mod pipelines;
mod threads;

use std::process::ExitCode;

use isohub::Stats;

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let case = args.next().unwrap_or_default();
    match case.as_str() {
        "accounts" => accounts::storm(args.next().and_then(|spans| spans.parse().ok()).unwrap_or(100_000)),
        "evicted" => accounts::evicted(),
        "evicted-of-another" => accounts::evicted_of_another(),
        "lost" => accounts::lost(),
        "thread-end" => accounts::thread_end(),
        "doctor" => doctor::told(),
        "doctor-allowed" => doctor::allowed(),
        "doctor-call" => doctor::called(),
        "doctor-call-badly" => doctor::called_badly(),
        "doctor-open" => doctor::open(),
        "doctor-panics" => doctor::panics(),
        "doctor-recorder" => doctor::recorder(),
        "doctor-unwinding" => doctor::unwinding(),
        "guard-inside" => exits::guard_inside(),
        "guard-outside" => exits::guard_outside(),
        "process-exit" => exits::process_exit(),
        "outlives" => exits::outlives(),
        "blocked-at-exit" => exits::blocked_at_exit(),
        "blocked" => faults::blocked(),
        "blocked-traces" => faults::blocked_traces(),
        "full-console" => faults::full_console(),
        "panic-hook" => faults::panic_hook(),
        "bomb-in-field" => faults::bomb_in_field(),
        "bomb-in-before-send" => faults::bomb_in_before_send(),
        "bomb-in-processor" => faults::bomb_in_processor(),
        "bomb-in-sink" => faults::bomb_in_sink(),
        "processor-captures" => faults::processor_captures(),
        "before-breadcrumb-adds" => faults::before_breadcrumb_adds(),
        "errors" => errors::errors(),
        "fork" => forks::fork(),
        "fork-in-span" => forks::fork_in_span(),
        "fork-busy" => forks::fork_busy(),
        "panics-units" => panics::units(),
        "panics-messages" => panics::messages(),
        "panics-nested" => panics::nested(),
        "panics-without-unit" => panics::without_unit(),
        "panics-main-ends" => panics::main_ends(),
        "panics-border" => panics::border(),
        "panics-twice" => panics::twice(),
        "panics-thread-local" => panics::thread_local(),
        "panics-own-hook" => panics::own_hook(),
        "panics-stuck" => panics::stuck(),
        "many-threads" => threads::many(),
        "bare-threads" => threads::bare(),
        "crashing-values" => threads::crashing_values(),
        "late-writes" => threads::late_writes(),
        "reordered" => threads::reordered(),
        "detached-threads" => threads::detached(),
        "detached-threads-exit" => threads::detached_exit(),
        "second-install" => pipelines::second_install(),
        "install-race" => pipelines::install_race(),
        "not-installed" => pipelines::not_installed(),
        "no-thread" => pipelines::no_thread(),
        "global-recorder" => pipelines::global_recorder(),
        "filter-reload" => pipelines::filter_reload(),
        "global-scope" => pipelines::global_scope(),
        "orphans" => pipelines::orphans(),
        "recorder-panics" => pipelines::recorder_panics(),
        "many-recorders" => pipelines::many_recorders(),
        _ => {
            eprintln!("no such case: {case}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// Long enough for any machine that works.
const LONG: std::time::Duration = std::time::Duration::from_secs(60);

/// Prints the accounts of spans, and whether they add up.
fn print_spans(stats: &Stats) {
    let Stats { started, delivered, dropped, open, .. } = stats;
    let adds_up = *started == delivered + dropped + open;
    println!("started={started} delivered={delivered} dropped={dropped} open={open} adds_up={adds_up}");
}
