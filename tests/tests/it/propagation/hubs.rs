//! In which hub it is what came with a request, and what a program sets.

use isohub::testing::Recorder;
use isohub::{
    Hub, HubFutureExt as _, Rate, Remote, SpanContext, isolated, isolated_hub, parallel, parallel_span, span,
    spawn_isolated,
};

use super::{Headers, SPAN, TRACE, TRACEPARENT};
use crate::support::{
    alone, crash, current_thread, pause, poll_on_two_threads, poll_to_end, spawn_bare, workers,
};

/// The baggage of the current unit, as it is written.
fn baggage() -> String {
    let members: Vec<_> = isohub::baggage().iter().map(|it| format!("{}={}", it.key(), it.value())).collect();
    members.join(",")
}

fn request() -> Headers {
    let baggage = "user=alice;ttl=3,region=eu%2Fwest";
    Headers::new(&[("traceparent", TRACEPARENT), ("tracestate", "congo=1,rojo=2"), ("baggage", baggage)])
}

#[test]
fn baggage_is_passed_on_to_clones_and_to_nobody_else() {
    Recorder::new().run_sync(|| {
        isohub::set_baggage("tenant", "acme");
        let mut early = Hub::current();
        isohub::set_baggage("late", 1);
        let seen = isolated!(|| {
            isohub::set_baggage("tenant", "other");
            isohub::remove_baggage("late");
            isohub::set_baggage("own", true);
            isolated!(baggage)()
        })();
        assert_eq!(seen, "tenant=other,own=true");
        assert_eq!(baggage(), "tenant=acme,late=1");
        assert_eq!(early.run(baggage), "tenant=acme");
        isohub::with_scope(|_| (), || isohub::set_baggage("tenant", "inside"));
        assert_eq!(isohub::baggage().get("tenant"), Some("acme"));
        assert_eq!(Hub::base().run(baggage), "");
        assert_eq!(Hub::current().baggage().get("late"), Some("1"));
    });
    assert_eq!(baggage(), "");
}

#[test]
fn a_thread_has_baggage_of_its_own() {
    isohub::set_baggage("tenant", "acme");
    let scoped = std::thread::scope(|scope| scope.spawn(|| isohub::baggage().iter().count()).join());
    assert_eq!(scoped.expect("no panic"), 0);
    assert_eq!(std::thread::spawn(isolated!(baggage)).join().expect("no panic"), "tenant=acme");
    isohub::remove_baggage("tenant");
    assert_eq!((baggage(), Headers::injected().names()), (String::new(), vec![]));
}

#[test]
fn what_came_is_passed_on_from_each_unit_that_the_server_makes() {
    #[parallel_span(fresh, parent = request().remote())]
    async fn serve() -> Vec<Headers> {
        let mut sent = vec![Headers::injected()];
        sent.push(spawn_isolated!("job", async { Headers::injected() }).await.expect("no panic"));
        sent.push(spawn_isolated!(thread, Headers::injected).join().expect("no panic"));
        let (one, other) = isohub::join!(
            async {
                isohub::set_baggage("user", "bob");
                pause().await;
                Headers::injected()
            },
            async {
                pause().await;
                Headers::injected()
            },
        );
        assert_eq!(one.get("baggage"), "user=bob,region=eu/west");
        sent.push(other);
        sent
    }
    let recorder = Recorder::new();
    for sent in workers(2).block_on(recorder.run(async { serve().await })) {
        assert_eq!(sent.traceparent()[1], TRACE);
        assert_eq!(sent.get("tracestate"), "congo=1,rojo=2");
        assert_eq!(sent.get("baggage"), "user=alice;ttl=3,region=eu/west");
    }
}

#[test]
fn the_parent_is_the_span_that_is_active() {
    let recorder = Recorder::new();
    let mut hub = recorder.hub().with_parent(request().remote());
    hub.run(|| {
        for _ in 0..2 {
            let span = isohub::start_span!("ask");
            let sent = span.in_scope(Headers::injected);
            let context = span.context().expect("recorded");
            assert_eq!(sent.get("traceparent"), context.to_string());
            assert_eq!(sent.get("traceparent"), format!("00-{TRACE}-{}-01", context.span_id()));
        }
    });
    let parents: Vec<_> = recorder.spans().iter().map(|it| it.parent.map(|id| id.to_string())).collect();
    assert_eq!(parents, [Some(SPAN.to_owned()), Some(SPAN.to_owned())]);
}

#[test]
fn it_follows_a_future_over_threads_and_leaves_nothing_there() {
    let recorder = Recorder::new();
    let hub = recorder.hub().with_parent(request().remote());
    let future = async {
        isohub::set_baggage("step", 1);
        pause().await;
        isohub::set_baggage("step", 2);
        pause().await;
        let sent = Headers::injected();
        assert_eq!(sent.get("baggage"), "user=alice;ttl=3,region=eu/west,step=2");
    };
    poll_on_two_threads(future.bind_hub(hub));
    let cancelled = async {
        isohub::set_baggage("step", 1);
        std::future::pending::<()>().await;
    };
    let mut cancelled = Box::pin(cancelled.isolated());
    assert!(crate::support::poll_once(cancelled.as_mut()).is_pending());
    assert_eq!(baggage(), "");
    drop(cancelled);
    assert_eq!(baggage(), "");
}

#[test]
fn tracestate_stays_with_its_trace_and_baggage_with_the_unit() {
    let recorder = Recorder::new();
    let mut hub = recorder.hub().with_parent(request().remote());
    hub.run(|| {
        let detached = parallel!("job", detached, Headers::injected)();
        assert_ne!(detached.traceparent()[1], TRACE);
        assert_eq!(detached.names(), ["baggage", "traceparent"]);

        let rooted = parallel!("job", parent = None::<SpanContext>, Headers::injected)();
        assert_eq!(rooted.names(), ["baggage", "traceparent"]);

        let fresh = parallel!("job", fresh, Headers::injected)();
        assert_eq!(fresh.names(), ["traceparent"]);

        // In a span of another trace, and after it.
        #[span(parent = None::<SpanContext>)]
        fn elsewhere() -> Headers {
            Headers::injected()
        }
        assert_eq!(elsewhere().names(), ["baggage", "traceparent"]);
        assert_eq!(Headers::injected().names(), ["baggage", "traceparent", "tracestate"]);
    });
}

#[test]
fn a_span_without_a_hub_and_a_bare_context_take_the_trace_alone() {
    #[span(parent = request().remote())]
    fn shared() -> Headers {
        Headers::injected()
    }
    #[isolated_hub(parent = request().remote().context())]
    fn untrusted() -> Headers {
        Headers::injected()
    }
    Recorder::new().run_sync(|| {
        for sent in [shared(), untrusted()] {
            assert_eq!((sent.names(), sent.traceparent()[1]), (vec!["traceparent"], TRACE));
        }
        assert_eq!(baggage(), "");
    });
}

#[test]
fn remotes_go_where_parents_go() {
    let remote = request().remote();
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        let some = Some(remote.clone());
        for sent in [
            parallel!("unit", parent = remote.clone(), Headers::injected)(),
            parallel!("unit", parent = &remote, Headers::injected)(),
            parallel!("unit", parent = &some, Headers::injected)(),
            isolated!(parent = some, Headers::injected)(),
            poll_to_end(async { Headers::injected() }.bind_hub(Hub::current().with_parent(&remote))),
        ] {
            assert_eq!(sent.names(), ["baggage", "traceparent", "tracestate"]);
        }
        assert_eq!(isolated!(parent = None::<Remote>, Headers::injected)().names(), Vec::<&str>::new());
        assert_eq!(isolated!(parent = Remote::default(), Headers::injected)().names(), Vec::<&str>::new());
    });
}

#[test]
fn a_clone_that_is_given_a_remote_has_what_both_brought() {
    Recorder::new().run_sync(|| {
        isohub::set_baggage("deployment", "blue");
        isohub::set_baggage("user", "nobody");
        let mut hub = Hub::current().with_parent(request().remote());
        assert_eq!(hub.run(baggage), "deployment=blue,user=alice,region=eu/west");
        assert_eq!(baggage(), "deployment=blue,user=nobody");
        // The second takes the place of the first, but for what it does not bring.
        let second =
            Headers::new(&[("traceparent", TRACEPARENT.replace("12", "21")), ("baggage", "user=bob".into())]);
        let sent = hub.with_parent(second.remote()).run(Headers::injected);
        assert_eq!(sent.get("baggage"), "deployment=blue,user=bob,region=eu/west");
        assert_eq!(sent.get("tracestate"), "");
    });
}

#[test]
fn without_a_pipeline_a_trace_passes_through_as_it_came() {
    let mut hub = Hub::base().with_parent(request().remote());
    let sent = hub.run(|| isohub::start_span!("nothing records it").in_scope(Headers::injected));
    assert_eq!(sent.get("traceparent"), TRACEPARENT);
    assert_eq!(sent.get("tracestate"), "congo=1,rojo=2");
    assert_eq!(sent.get("baggage"), "user=alice;ttl=3,region=eu/west");
    assert_eq!(Headers::injected().names(), Vec::<&str>::new());
}

#[test]
fn what_is_not_recorded_is_passed_on_as_such() {
    let never = Recorder::builder().sample(|_: &isohub::Root<'_>| false).build();
    let rate = Recorder::builder().sample(Rate(0.0)).build();
    let sent = |recorder: &Recorder| {
        let hub = || recorder.hub().with_parent(request().remote());
        hub().run(|| isohub::start_span!("ask").in_scope(|| (Headers::injected(), Headers::injected())))
    };
    for (recorder, flags) in [(&never, "00"), (&rate, "01")] {
        let (one, other) = sent(recorder);
        for sent in [&one, &other] {
            assert_eq!((sent.traceparent()[1], sent.traceparent()[3]), (TRACE, flags));
            assert_ne!(sent.traceparent()[2], SPAN);
            assert_ne!(sent.traceparent()[2], "0".repeat(16));
            assert_eq!(sent.get("tracestate"), "congo=1,rojo=2");
        }
    }
    let own = rate.run_sync(|| isohub::start_span!("root").in_scope(Headers::injected));
    assert_eq!(own.traceparent()[3], "02");
    assert_eq!(rate.tree().lines().collect::<Vec<_>>(), ["ask"]);
}

#[test]
fn no_record_has_baggage_and_no_debug_output_shows_it() {
    let recorder = Recorder::new();
    let mut hub = recorder.hub().with_parent(request().remote());
    hub.run(|| {
        isohub::set_baggage("password", "hunter2");
        isohub::start_span!("ask").in_scope(|| isohub::capture_message("failed", isohub::Level::Error));
        parallel!("unit", || ())();
        for shown in [
            format!("{:?}", isohub::baggage()),
            format!("{:?}", Hub::current()),
            format!("{:?}", request().remote()),
            format!("{:?}", isohub::baggage().iter().collect::<Vec<_>>()),
        ] {
            assert!(!shown.contains("hunter2") && !shown.contains("alice"), "{shown}");
        }
        assert_eq!(format!("{:?}", isohub::baggage()), r#"{"user", "region", "password"}"#);
    });
    let recorded = format!("{:?} {:?} {}", recorder.spans(), recorder.events(), recorder.tree());
    assert!(!recorded.contains("hunter2") && !recorded.contains("alice"), "{recorded}");
}

#[test]
fn properties_are_read_and_passed_on() {
    let remote = request().remote();
    let read = remote.baggage();
    let user = read.iter().next().expect("there are two");
    assert_eq!((user.key(), user.value(), user.properties()), ("user", "alice", "ttl=3"));
    assert_eq!((read.iter().len(), read.get("region"), read.get("none")), (2, Some("eu/west"), None));
}

#[test]
fn baggage_that_is_refused_is_counted() {
    isohub::doctor::allow(isohub::doctor::Kind::LostWrite);
    if !alone("propagation::hubs::baggage_that_is_refused_is_counted") {
        return;
    }
    for key in ["", "a b", "a,b", "ü", "a=b", "a\r\nx: y", "sentry-trace_id"] {
        isohub::set_baggage(key, 1);
    }
    assert_eq!((isohub::stats().lost_writes, baggage()), (7, String::new()));
    isohub::set_baggage("too long", "v");
    isohub::set_baggage("long", "v".repeat(isohub::MAX_BAGGAGE_BYTES - 5));
    isohub::set_baggage("a", "");
    assert_eq!((isohub::stats().lost_writes, isohub::baggage().iter().len()), (9, 1));
    isohub::remove_baggage("long");
    for n in 0..=isohub::MAX_BAGGAGE_MEMBERS {
        isohub::set_baggage(format!("key{n}"), n);
    }
    isohub::set_baggage("key0", "again");
    assert_eq!(isohub::stats().lost_writes, 10);
    assert_eq!((isohub::baggage().get("key0"), isohub::baggage().get("key64")), (Some("again"), None));
    isohub::doctor::allow(isohub::doctor::Kind::LostWrite);
    let unbound = async {
        isohub::set_baggage("a", 1);
        isohub::remove_baggage("a");
        assert_eq!((baggage(), Headers::injected().names()), (String::new(), vec![]));
    };
    current_thread().block_on(async { spawn_bare(unbound).await }).expect("no panic");
    assert_eq!(isohub::stats().lost_writes, 12);
}

#[test]
fn the_programs_own_code_may_do_anything() {
    struct Rude;
    impl std::fmt::Display for Rude {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            isohub::set_baggage("from_display", 1);
            crash()
        }
    }
    Recorder::new().run_sync(|| {
        isohub::set_baggage("a", 1);
        isohub::set_baggage("b", Rude);
        assert_eq!(baggage(), "a=1,from_display=1");
        isohub::inject(|_, _| {
            isohub::set_baggage("a", 2);
            isohub::inject(|_, _| isohub::set_tag("tag", 1));
        });
        assert_eq!((isohub::baggage().get("a"), crate::support::tags()), (Some("2"), "tag=1".to_owned()));
        let remote = Remote::extract(|name| {
            isohub::set_baggage("asked", name);
            Headers::injected();
            [""; 0]
        });
        assert!(remote.context().is_none());
        for panicking in
            [|| isohub::inject(|_, _| crash()), || drop(Remote::extract(|_| -> [&str; 0] { crash() }))]
        {
            assert!(std::panic::catch_unwind(panicking).is_err());
            assert_eq!(isohub::baggage().get("a"), Some("2"));
        }
    });
    assert_eq!(baggage(), "");
}
