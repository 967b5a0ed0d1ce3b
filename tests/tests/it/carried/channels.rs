//! The ways that values go.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, mpsc};

use futures::channel::mpsc as futures_mpsc;
use futures::stream::StreamExt as _;
use isohub::testing::Recorder;
use isohub::{Carried, HubFutureExt as _, carry, parallel, parallel_span, span, spawn_isolated, start_span};
use tokio::sync::{broadcast, oneshot};

use crate::support::{Worker, pause, poll_to_end, settled_tree, spawn_bare, tags, workers};

/// Who receives has tags of its own, which no handler sees.
fn receiver() {
    isohub::set_tag("receiver", "yes");
}

fn handle(n: u32) -> String {
    let before = tags();
    isohub::set_tag("handler", n);
    before
}

async fn handle_later(n: u32) -> String {
    pause().await;
    handle(n)
}

/// Three requests, each a unit that sends its number.
fn three_requests(send: impl Fn(Carried<u32>)) {
    for n in 1..4 {
        isohub::isolated!(tags(request = n), || send(carry(n)))();
    }
}

const SEEN: [&str; 3] = ["request=1", "request=2", "request=3"];

#[test]
fn a_channel_of_the_standard_library() {
    let (sender, received) = mpsc::channel();
    let worker = std::thread::spawn(move || {
        receiver();
        let seen: Vec<_> = received.into_iter().map(|it: Carried<u32>| it.handle(handle)).collect();
        (seen, tags())
    });
    three_requests(|it| sender.send(it).expect("open"));
    drop(sender);
    let (seen, left) = worker.join().expect("no panic");
    assert_eq!((seen.as_slice(), left.as_str()), (&SEEN.map(str::to_owned)[..], "receiver=yes"));
    assert_eq!(tags(), "");
}

#[test]
fn a_channel_of_tokio_with_one_handler_after_the_other_and_with_all_at_once() {
    workers(2).block_on(async {
        for at_once in [false, true] {
            let (sender, mut received) = tokio::sync::mpsc::channel::<Carried<u32>>(1);
            let actor = spawn_isolated!(fresh, async move {
                receiver();
                let (mut seen, mut tasks) = (Vec::new(), Vec::new());
                while let Some(it) = received.recv().await {
                    match at_once {
                        false => seen.push(it.handle_async(handle_later).await),
                        true => tasks.push(tokio::spawn(it.handle_async(handle_later))),
                    }
                }
                for task in tasks {
                    seen.push(task.await.expect("no panic"));
                }
                (seen, tags())
            });
            for n in 1..4 {
                isohub::set_tag("request", n);
                sender.send(carry(n)).await.expect("open");
            }
            drop(sender);
            let (seen, left) = actor.await.expect("no panic");
            assert_eq!((seen, left.as_str()), (SEEN.map(str::to_owned).to_vec(), "receiver=yes"));
        }
    });
}

#[test]
fn a_broadcast_gives_each_receiver_a_unit_of_its_own() {
    workers(2).block_on(async {
        let (sender, _) = broadcast::channel::<Carried<u32>>(8);
        let tasks: Vec<_> = (0..3)
            .map(|own| {
                let mut received = sender.subscribe();
                spawn_isolated!(fresh, async move {
                    receiver();
                    let mut seen = Vec::new();
                    while let Ok(it) = received.recv().await {
                        let handler = async move |n| {
                            let before = handle_later(n).await;
                            isohub::set_tag("own", own);
                            (before, tags())
                        };
                        seen.push(it.handle_async(handler).await);
                    }
                    (own, seen, tags())
                })
            })
            .collect();
        three_requests(|it| assert_eq!(sender.send(it).ok(), Some(3)));
        drop(sender);
        for task in tasks {
            let (own, seen, left) = task.await.expect("no panic");
            let expected =
                [1, 2, 3].map(|n| (format!("request={n}"), format!("handler={n} own={own} request={n}")));
            assert_eq!((seen, left.as_str()), (expected.to_vec(), "receiver=yes"));
        }
    });
}

#[test]
fn a_channel_of_futures_is_a_stream_of_what_is_carried() {
    let (sender, received) = futures_mpsc::unbounded();
    three_requests(|it| sender.unbounded_send(it).expect("open"));
    drop(sender);
    let seen: Vec<_> = poll_to_end(
        async {
            receiver();
            let seen = received.map(|it| it.handle_async(handle_later)).buffer_unordered(3).collect().await;
            assert_eq!(tags(), "receiver=yes");
            seen
        }
        .isolated(),
    );
    assert_eq!(seen, SEEN);
}

#[test]
fn a_task_without_a_hub_handles_each_value_in_its_senders() {
    workers(2).block_on(async {
        let (sender, mut received) = tokio::sync::mpsc::channel::<Carried<u32>>(8);
        let bare = spawn_bare(async move {
            let mut seen = Vec::new();
            while let Some(it) = received.recv().await {
                let after = it.clone().handle(|n| (handle(n), tags()).1);
                assert_eq!(after, format!("handler={0} request={0}", it.value()));
                seen.push(it.handle_async(handle_later).await);
            }
            seen
        });
        for n in 1..4 {
            isohub::set_tag("request", n);
            sender.send(carry(n)).await.expect("open");
        }
        drop(sender);
        assert_eq!(bare.await.expect("no panic"), SEEN);
    });
}

/// A queue that many take from, as those of work-sharing pools.
struct Queue<T> {
    items: Mutex<(VecDeque<T>, bool)>,
    changed: Condvar,
}

impl<T> Queue<T> {
    fn push(&self, item: T) {
        self.items.lock().expect("no panic").0.push_back(item);
        self.changed.notify_one();
    }

    fn close(&self) {
        self.items.lock().expect("no panic").1 = true;
        self.changed.notify_all();
    }

    fn pop(&self) -> Option<T> {
        let items = self.items.lock().expect("no panic");
        let mut items =
            self.changed.wait_while(items, |(items, closed)| items.is_empty() && !*closed).expect("no panic");
        items.0.pop_front()
    }
}

#[test]
fn a_queue_that_many_threads_share() {
    let queue = Arc::new(Queue { items: Mutex::default(), changed: Condvar::new() });
    let threads = [1, 2].map(|_| {
        let queue = Arc::clone(&queue);
        std::thread::spawn(move || {
            receiver();
            let mut seen = Vec::new();
            while let Some(it) = queue.pop() {
                seen.push(Carried::handle(it, handle));
            }
            assert_eq!(tags(), "receiver=yes");
            seen
        })
    });
    three_requests(|it| queue.push(it));
    queue.close();
    let mut seen = threads.map(|thread| thread.join().expect("no panic")).concat();
    seen.sort();
    assert_eq!(seen, SEEN);
}

/// What an account does for others, one after the other.
enum Message {
    Deposit(u64),
    Balance(oneshot::Sender<u64>),
}

#[parallel_span]
async fn serve(message: Message, balance: &mut u64) {
    pause().await;
    match message {
        Message::Deposit(amount) => {
            isohub::set_tag("amount", amount);
            *balance += amount;
        }
        // Nobody may wait any more.
        Message::Balance(answer) => drop(answer.send(*balance)),
    }
}

#[test]
fn an_actor_works_for_each_sender_in_its_hub_and_trace_and_answers() {
    let recorder = Recorder::new();
    workers(2).block_on(recorder.run(async {
        let (mailbox, mut received) = tokio::sync::mpsc::unbounded_channel::<Carried<Message>>();
        let actor = spawn_isolated!("actor", fresh, async move {
            let mut balance = 0;
            while let Some(message) = received.recv().await {
                message.handle_async(|message| serve(message, &mut balance)).await;
            }
            tags()
        });
        for amount in [10, 20] {
            let mailbox = &mailbox;
            parallel!("request", tags(request = amount), async move {
                let send = |message| mailbox.send(carry(message)).expect("open");
                send(Message::Deposit(amount));
                let (answer, answered) = oneshot::channel();
                send(Message::Balance(answer));
                let balance = answered.await.expect("an answer");
                isohub::record!(balance);
            })
            .await;
        }
        drop(mailbox);
        assert_eq!(actor.await.expect("no panic"), "");
    }));
    assert_eq!(
        settled_tree(&recorder),
        "actor\n\
         request balance=10 {request=10}\n  serve {amount=10 request=10}\n  serve {request=10}\n\
         request balance=30 {request=20}\n  serve {amount=20 request=20}\n  serve {request=20}\n"
    );
}

#[span]
fn step(n: u32) {
    isohub::record!(n);
}

#[test]
fn a_value_that_goes_over_three_threads_takes_along_what_it_is_told_on_its_way() {
    let recorder = Recorder::new();
    let threads = [Worker::new(), Worker::new(), Worker::new()];
    for (n, thread) in threads.iter().enumerate() {
        thread.run(move || isohub::set_tag("thread", n));
    }
    let mut carried = recorder.run_sync(|| {
        isohub::set_tag("sender", "yes");
        start_span!("sender").in_scope(|| carry(0))
    });
    for (n, thread) in (1..).zip(&threads) {
        carried = thread.run(move || {
            let carried = carried.map(|sum| {
                isohub::set_tag(format!("step{n}"), n);
                step(n);
                sum + n
            });
            assert_eq!(tags(), format!("thread={}", n - 1));
            carried
        });
    }
    let (sum, hub) = carried.into_parts();
    assert_eq!((sum, crate::support::tags_of(&hub)), (6, "sender=yes step1=1 step2=2 step3=3".to_owned()));
    assert_eq!(settled_tree(&recorder), "sender\n  step n=1\n  step n=2\n  step n=3\n");
}
