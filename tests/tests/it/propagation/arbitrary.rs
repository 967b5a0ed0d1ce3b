//! Whatever comes.

use isohub::{Hub, MAX_BAGGAGE_BYTES, MAX_BAGGAGE_MEMBERS, Remote};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

type Lines = Vec<(&'static str, Vec<u8>)>;

fn remote(lines: &Lines) -> Remote {
    Remote::extract(|name| lines.iter().filter(move |line| line.0 == name).map(|line| &line.1))
}

/// What a hub passes on that was given `remote`.
fn passed_on(remote: Remote) -> Lines {
    let mut lines = Lines::new();
    Hub::base().with_parent(remote).run(|| {
        isohub::inject(|name, value| lines.push((name, value.as_bytes().to_vec())));
    });
    lines
}

fn name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["traceparent", "tracestate", "baggage", "sentry-trace"])
}

/// Bytes that are nothing, and what is almost something.
fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        vec(any::<u8>(), 0..300),
        "[ \\t,;=%@a-z0-9é\\r\\n\"-]{0,60}".prop_map(String::into_bytes),
        "[0-9a-f]{2}-[0-9a-f]{31,33}-[0-9a-f]{15,17}-[0-9a-f]{1,3}(-.{0,4})?".prop_map(String::into_bytes),
        "00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}".prop_map(String::into_bytes),
        "[0-9a-f]{32}-[0-9a-f]{16}(-[0-9])?".prop_map(String::into_bytes),
        "([a-z]{1,3}=[ -~]{0,9},){0,40}".prop_map(String::into_bytes),
        "((sentry-)?[a-z]{1,3}=(%[0-9A-F]{2}){0,9}(;[a-z]=[a-z]){0,2},){0,80}".prop_map(String::into_bytes),
    ]
}

proptest! {
    #[test]
    fn what_is_passed_on_is_printable_bounded_and_stable(lines in vec((name(), value()), 0..6)) {
        let sent = passed_on(remote(&lines));
        for (name, value) in &sent {
            let longest = match *name {
                "traceparent" => 55,
                "tracestate" => 32 * (256 + 1 + 256) + 31,
                "baggage" => MAX_BAGGAGE_BYTES,
                name => panic!("{name} was not asked for"),
            };
            prop_assert!(value.len() <= longest, "{name}");
            prop_assert!(value.iter().all(|byte| matches!(byte, b' '..=b'~')), "{name}: {value:?}");
        }
        let members = |line: &(_, Vec<u8>)| line.1.split(|byte| *byte == b',').count();
        let most = sent.iter().filter(|line| line.0 == "baggage").map(members).max();
        prop_assert!(most <= Some(MAX_BAGGAGE_MEMBERS));
        prop_assert_eq!(passed_on(remote(&sent)), sent);
    }

    #[test]
    fn baggage_arrives_as_it_was_set(
        members in btree_map("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}", any::<String>(), 0..20),
    ) {
        let mut lines = Lines::new();
        Hub::base().run(|| {
            members.iter().for_each(|(key, value)| isohub::set_baggage(key.clone(), value));
            isohub::inject(|name, value| lines.push((name, value.as_bytes().to_vec())));
        });
        let arrived = remote(&lines).baggage();
        let arrived: Vec<_> = arrived.iter().map(|it| (it.key(), it.value())).collect();
        let set: Vec<_> = members.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        prop_assert_eq!(arrived, set);
    }

    #[test]
    fn tracestates_and_contexts_arrive_as_they_were_sent(
        traceparent in "00-[1-9a-f][0-9a-f]{31}-[1-9a-f][0-9a-f]{15}-0[0-3]",
        tracestate in "[a-z][a-z0-9_*/-]{0,9}(@[a-z]{1,9})?=[!-+.-<>-~]{1,20}(,[a-z]{1,3}=[ -+]{0,3}[a-z]){0,31}",
    ) {
        let lines =
            vec![("traceparent", traceparent.into_bytes()), ("tracestate", tracestate.into_bytes())];
        prop_assert_eq!(passed_on(remote(&lines)), lines);
    }
}
