//! Consumers of channels: items are handled in the consumer's unit, whoever sent them.

use std::task::{Context, Poll};

use futures::StreamExt as _;
use futures::stream::{self, Stream};
use isohub::testing::Recorder;
use isohub::{HubStreamExt as _, isolated_hub, parallel_span, spawn_isolated};
use tokio::sync::{broadcast, mpsc, watch};

use crate::support::{settled_tree, tags, workers};

/// Asks a channel for its items, as the wrappers of tokio's channels do.
fn received<T>(mut receiver: mpsc::Receiver<T>) -> impl Stream<Item = T> {
    stream::poll_fn(move |cx: &mut Context<'_>| -> Poll<Option<T>> { receiver.poll_recv(cx) })
}

#[parallel_span(tags(consumer = "yes"))]
async fn consumer(mut items: mpsc::Receiver<u32>) -> String {
    while let Some(item) = items.recv().await {
        isohub::set_tag("last", item);
        handle(item);
    }
    tags()
}

#[parallel_span(tags(item = item), fields(item))]
fn handle(item: u32) {
    isohub::set_tag("handled", tags());
}

#[parallel_span(tags(producer = n))]
async fn producer(n: u32, items: mpsc::Sender<u32>) {
    isohub::set_tag("sending", n);
    items.send(n).await.expect("the consumer waits");
    assert_eq!(tags(), format!("producer={n} sending={n}"));
}

#[test]
fn the_loop_over_a_receiver_handles_items_in_the_consumers_unit() {
    let recorder = Recorder::new();
    workers(2).block_on(recorder.run(async {
        let (sender, receiver) = mpsc::channel(1);
        let consumer = tokio::spawn(consumer(receiver));
        for n in [1, 2] {
            tokio::spawn(producer(n, sender.clone())).await.expect("no panic");
        }
        drop(sender);
        assert_eq!(consumer.await.expect("no panic"), "consumer=yes last=2");
        assert_eq!(tags(), "");
    }));
    let handled = |n| {
        format!(
            "  handle item={n} {{consumer=yes handled=consumer=yes item={n} last={n} item={n} last={n}}}\n"
        )
    };
    let producers = "producer {producer=1 sending=1}\nproducer {producer=2 sending=2}\n";
    let consumed = format!("consumer {{consumer=yes last=2}}\n{}{}", handled(1), handled(2));
    assert_eq!(settled_tree(&recorder), consumed + producers);
}

#[test]
fn a_receiver_as_a_stream_gives_its_items_in_its_hub() {
    workers(2).block_on(async {
        let (sender, receiver) = mpsc::channel(4);
        let items = received(receiver).map(|item: u32| {
            isohub::set_tag("last", item);
            format!("{item} in {}", tags())
        });
        isohub::set_tag("made", "yes");
        let items = items.isolated();
        isohub::set_tag("made", "long ago");
        let send = spawn_isolated!(async move {
            isohub::set_tag("sender", "yes");
            sender.send(1).await.expect("received");
            sender.send(2).await.expect("received");
        });
        assert_eq!(items.collect::<Vec<_>>().await, ["1 in last=1 made=yes", "2 in last=2 made=yes"]);
        send.await.expect("no panic");
        assert_eq!(tags(), "made=long ago");
    });
}

#[test]
fn each_receiver_of_a_broadcast_is_in_its_own_unit() {
    #[isolated_hub(tags(receiver = n))]
    async fn receives(n: u32, mut items: broadcast::Receiver<u32>) -> String {
        while let Ok(item) = items.recv().await {
            isohub::set_tag(format!("item{item}"), tags().len());
        }
        tags()
    }
    workers(2).block_on(async {
        let (sender, _) = broadcast::channel(4);
        let tasks = [1, 2].map(|n| tokio::spawn(receives(n, sender.subscribe())));
        let sent = spawn_isolated!(async move {
            isohub::set_tag("sender", "yes");
            [1, 2].map(|n| sender.send(n).expect("two receivers"))
        });
        assert_eq!(sent.await.expect("no panic"), [2, 2]);
        for (task, n) in tasks.into_iter().zip(1..) {
            assert_eq!(task.await.expect("no panic"), format!("item1=10 item2=19 receiver={n}"));
        }
        assert_eq!(tags(), "");
    });
}

#[test]
fn who_waits_for_a_change_goes_on_in_its_own_hub_when_another_makes_it() {
    workers(2).block_on(async {
        let (sender, mut receiver) = watch::channel(0);
        let waiting = spawn_isolated!(tags(waits = "yes"), async move {
            let seen = *receiver.wait_for(|n| *n == 2).await.expect("the sender lives");
            (seen, tags())
        });
        let changing = spawn_isolated!(tags(changes = "yes"), async move {
            for n in [1, 2] {
                tokio::task::yield_now().await;
                // What the condition of others looks at runs where they wait.
                sender.send_replace(n);
            }
            (sender, tags())
        });
        assert_eq!(changing.await.expect("no panic").1, "changes=yes");
        assert_eq!(waiting.await.expect("no panic"), (2, "waits=yes".to_owned()));
    });
}
