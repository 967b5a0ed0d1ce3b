//! The cases of the W3C's conformance suite for Trace Context, each by its name there, in its strict mode, and over HTTP
//! as there: 23 of `traceparent`, 14 of `tracestate`, three of several requests, and that of level 2.

use super::{Headers, SPAN, TRACE, TRACEPARENT, answered, loopback};

const UNSAMPLED: &str = "00-12345678901234567890123456789012-1234567890123456-00";

/// Every answer has a `traceparent` of version 00 with ids of its own.
fn assert_valid(sent: &Headers) {
    let parts = sent.traceparent();
    let lengths: Vec<_> = parts.iter().map(|part| part.len()).collect();
    assert_eq!((parts[0], lengths), ("00", vec![2, 32, 16, 2]), "{sent:?}");
    assert!(parts.concat().bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f')), "{sent:?}");
    assert!(parts[1].bytes().any(|it| it != b'0') && parts[2].bytes().any(|it| it != b'0'), "{sent:?}");
    assert_ne!(parts[2], SPAN);
}

fn continues(sent: &Headers) -> bool {
    assert_valid(sent);
    sent.traceparent()[1] == TRACE
}

/// Those of the suite, as of 2026; some of its editions want keys that stand there twice to be dropped, which level 2
/// leaves open.
const CASES: [&str; 41] = [
    "both_traceparent_and_tracestate_missing",
    "traceparent_included_tracestate_missing",
    "traceparent_duplicated",
    "traceparent_header_name",
    "traceparent_header_name_valid_casing",
    "traceparent_version_0x00",
    "traceparent_version_0xcc",
    "traceparent_version_0xff",
    "traceparent_version_illegal_characters",
    "traceparent_version_too_long",
    "traceparent_version_too_short",
    "traceparent_trace_id_all_zero",
    "traceparent_trace_id_illegal_characters",
    "traceparent_trace_id_too_long",
    "traceparent_trace_id_too_short",
    "traceparent_parent_id_all_zero",
    "traceparent_parent_id_illegal_characters",
    "traceparent_parent_id_too_long",
    "traceparent_parent_id_too_short",
    "traceparent_trace_flags_illegal_characters",
    "traceparent_trace_flags_too_long",
    "traceparent_trace_flags_too_short",
    "traceparent_ows_handling",
    "tracestate_included_traceparent_missing",
    "tracestate_included_traceparent_included",
    "tracestate_header_name",
    "tracestate_header_name_valid_casing",
    "tracestate_empty_header",
    "tracestate_multiple_headers_different_keys",
    "tracestate_duplicated_keys",
    "tracestate_all_allowed_characters",
    "tracestate_ows_handling",
    "tracestate_key_illegal_characters",
    "tracestate_key_illegal_vendor_format",
    "tracestate_member_count_limit",
    "tracestate_key_length_limit",
    "tracestate_value_illegal_characters",
    "multiple_requests_with_valid_traceparent",
    "multiple_requests_without_traceparent",
    "multiple_requests_with_illegal_traceparent",
    "propagates_random_flag",
];

#[test]
fn every_case_of_the_suite_is_here() {
    let source = include_str!("conformance.rs");
    let is_here = |case: &&str| {
        // What several cases have in common is the name of their test.
        let in_tests_of =
            |about: &str| {
                let case = case.strip_prefix(&format!("{about}_"))?;
                let mut tests = source.split("\nfn ").filter(|test| test.starts_with(about));
                Some(tests.any(|test| {
                    test.contains(&format!("\"{case}\"")) || test.contains(&format!("\"{case}: "))
                }))
            };
        let abouts = ["traceparent", "tracestate", "multiple_requests"];
        abouts.into_iter().any(|about| in_tests_of(about) == Some(true))
            || source.contains(&format!("\nfn {case}()"))
            || source.contains(&format!(", \"{case}\");"))
    };
    assert_eq!(CASES.iter().filter(|case| !is_here(case)).collect::<Vec<_>>(), Vec::<&&str>::new());
}

#[test]
fn traceparents_that_are_continued() {
    for (case, name, value) in [
        ("included_tracestate_missing", "traceparent", TRACEPARENT),
        ("header_name_valid_casing", "TraceParent", TRACEPARENT),
        ("header_name_valid_casing", "TrAcEpArEnT", TRACEPARENT),
        ("header_name_valid_casing", "TRACEPARENT", TRACEPARENT),
        ("version_0xcc", "traceparent", "cc-12345678901234567890123456789012-1234567890123456-01"),
        ("version_0xcc", "traceparent", "cc-12345678901234567890123456789012-1234567890123456-01-what-comes"),
        ("version_0xcc", "traceparent", "cc-12345678901234567890123456789012-1234567890123456-01-"),
        ("ows_handling", "traceparent", " 00-12345678901234567890123456789012-1234567890123456-01"),
        ("ows_handling", "traceparent", "\t00-12345678901234567890123456789012-1234567890123456-01"),
        ("ows_handling", "traceparent", "00-12345678901234567890123456789012-1234567890123456-01 "),
        ("ows_handling", "traceparent", "00-12345678901234567890123456789012-1234567890123456-01\t"),
        ("ows_handling", "traceparent", "\t 00-12345678901234567890123456789012-1234567890123456-01 \t"),
    ] {
        assert!(continues(&answered(&[(name, value)])), "{case}: {name}: {value:?}");
    }
}

#[test]
fn traceparents_that_are_not() {
    assert!(!continues(&answered::<&str>(&[])), "both_traceparent_and_tracestate_missing");
    for (case, value) in [
        ("version_0x00", "00-12345678901234567890123456789012-1234567890123456-01."),
        ("version_0x00", "00-12345678901234567890123456789012-1234567890123456-01-what-comes"),
        ("version_0x00", "00-12345678901234567890123456789012-1234567890123456-01-"),
        ("version_0xcc", "cc-12345678901234567890123456789012-1234567890123456-01.what-comes"),
        ("version_0xff", "ff-12345678901234567890123456789012-1234567890123456-01"),
        ("version_illegal_characters", ".0-12345678901234567890123456789012-1234567890123456-01"),
        ("version_illegal_characters", "0.-12345678901234567890123456789012-1234567890123456-01"),
        ("version_too_long", "000-12345678901234567890123456789012-1234567890123456-01"),
        ("version_too_long", "0000-12345678901234567890123456789012-1234567890123456-01"),
        ("version_too_short", "0-12345678901234567890123456789012-1234567890123456-01"),
        ("trace_id_all_zero", "00-00000000000000000000000000000000-1234567890123456-01"),
        ("trace_id_illegal_characters", "00-.2345678901234567890123456789012-1234567890123456-01"),
        ("trace_id_illegal_characters", "00-1234567890123456789012345678901.-1234567890123456-01"),
        ("trace_id_illegal_characters", "00-1234567890123456789012345678901A-1234567890123456-01"),
        ("trace_id_too_long", "00-123456789012345678901234567890123-1234567890123456-01"),
        ("trace_id_too_short", "00-1234567890123456789012345678901-1234567890123456-01"),
        ("parent_id_all_zero", "00-12345678901234567890123456789012-0000000000000000-01"),
        ("parent_id_illegal_characters", "00-12345678901234567890123456789012-.234567890123456-01"),
        ("parent_id_illegal_characters", "00-12345678901234567890123456789012-123456789012345.-01"),
        ("parent_id_too_long", "00-12345678901234567890123456789012-12345678901234567-01"),
        ("parent_id_too_short", "00-12345678901234567890123456789012-123456789012345-01"),
        ("trace_flags_illegal_characters", "00-12345678901234567890123456789012-1234567890123456-.0"),
        ("trace_flags_illegal_characters", "00-12345678901234567890123456789012-1234567890123456-0."),
        ("trace_flags_too_long", "00-12345678901234567890123456789012-1234567890123456-001"),
        ("trace_flags_too_short", "00-12345678901234567890123456789012-1234567890123456-1"),
    ] {
        let sent = answered(&[("traceparent", value)]);
        assert_valid(&sent);
        let given = value.split('-').nth(1).unwrap_or_default();
        let made = sent.traceparent()[1];
        assert!(!given.contains(made) && !made.contains(&given[..31]), "{case}: {value:?}");
    }
    for name in ["trace-parent", "trace.parent"] {
        assert!(!continues(&answered(&[(name, TRACEPARENT)])), "header_name: {name}");
    }
}

#[test]
fn traceparent_duplicated() {
    for other in ["00-12345678901234567890123456789011-1234567890123456-01", TRACEPARENT] {
        let sent = answered(&[("traceparent", other), ("traceparent", TRACEPARENT), ("tracestate", "foo=1")]);
        assert!(!continues(&sent) && sent.traceparent()[1] != &other[3..35]);
        assert_eq!(sent.get("tracestate"), "");
        // Some servers join the lines.
        assert!(!continues(&answered(&[("traceparent", format!("{other},{TRACEPARENT}"))])));
    }
}

#[test]
fn tracestates_that_are_passed_on() {
    let key = "abcdefghijklmnopqrstuvwxyz0123456789_-*/";
    let value: String = (' '..='~').filter(|it| !",=".contains(*it)).collect();
    let (plain, tenant) = (format!("{key}={value}"), format!("{key}@a-z0-9_-*/={value}"));
    let long = [format!("{}=1", "z".repeat(256)), format!("{}@{}=1", "t".repeat(241), "v".repeat(14))];
    let joined = [format!("foo=1,{}", long[0]), format!("foo=1,{}", long[1])];
    let members: Vec<_> = (1..=32).map(|n| format!("bar{n:02}={n:02}")).collect();
    let tens: Vec<_> = members.chunks(10).map(|members| members.join(",")).collect();
    let cases: &[(&str, &[&str], &str)] = &[
        ("included_traceparent_included", &["foo=1,bar=2"], "foo=1,bar=2"),
        ("empty_header", &[""], ""),
        ("empty_header", &["foo=1", ""], "foo=1"),
        ("empty_header", &["", "foo=1"], "foo=1"),
        (
            "multiple_headers_different_keys",
            &["foo=1,bar=2", "rojo=1,congo=2", "baz=3"],
            "foo=1,bar=2,rojo=1,congo=2,baz=3",
        ),
        // Level 2 lets those who did not write a key twice pass it on; level 1 wanted all to be dropped.
        ("duplicated_keys", &["foo=1,foo=1"], "foo=1,foo=1"),
        ("duplicated_keys", &["foo=1,foo=2"], "foo=1,foo=2"),
        ("duplicated_keys", &["foo=1", "foo=1"], "foo=1,foo=1"),
        ("duplicated_keys", &["foo=1", "foo=2"], "foo=1,foo=2"),
        ("all_allowed_characters", &[&plain], &plain),
        ("all_allowed_characters", &[&tenant], &tenant),
        ("ows_handling", &["foo=1 \t , \t bar=2, \t baz=3"], "foo=1,bar=2,baz=3"),
        ("ows_handling", &["foo=1\t \t,\t \tbar=2,\t \tbaz=3"], "foo=1,bar=2,baz=3"),
        ("ows_handling", &[" foo=1"], "foo=1"),
        ("ows_handling", &["\tfoo=1"], "foo=1"),
        ("ows_handling", &["foo=1 "], "foo=1"),
        ("ows_handling", &["foo=1\t"], "foo=1"),
        ("ows_handling", &["\t foo=1 \t"], "foo=1"),
        ("member_count_limit", &[&tens[0], &tens[1], &tens[2], &tens[3]], &members.join(",")),
        ("key_length_limit", &["foo=1", &long[0]], &joined[0]),
        ("key_length_limit", &["foo=1", &long[1]], &joined[1]),
    ];
    for (case, lines, expected) in cases {
        let sent = with_tracestate(lines);
        assert!(continues(&sent), "{case}");
        assert_eq!(sent.get("tracestate"), *expected, "{case}");
    }
    for name in ["TraceState", "TrAcEsTaTe", "TRACESTATE"] {
        let sent = answered(&[("traceparent", UNSAMPLED), (name, "foo=1")]);
        assert_eq!(sent.get("tracestate"), "foo=1", "header_name_valid_casing: {name}");
    }
}

fn with_tracestate(lines: &[&str]) -> Headers {
    let tracestate = lines.iter().map(|line| ("tracestate", *line));
    answered(&[("traceparent", UNSAMPLED)].into_iter().chain(tracestate).collect::<Vec<_>>())
}

#[test]
fn tracestates_that_are_not() {
    let members: Vec<_> = (1..=33).map(|n| format!("bar{n:02}={n:02}")).collect();
    let tens: Vec<_> = members.chunks(10).map(|members| members.join(",")).collect();
    let keys = ["z".repeat(257), format!("{}@v", "t".repeat(242)), format!("t@{}", "v".repeat(15))];
    let long = keys.map(|key| format!("{key}=1"));
    let cases: &[(&str, &[&str])] = &[
        ("key_illegal_characters", &["foo =1"]),
        ("key_illegal_characters", &["FOO=1"]),
        ("key_illegal_characters", &["foo.bar=1"]),
        ("key_illegal_vendor_format", &["foo@=1,bar=2"]),
        ("key_illegal_vendor_format", &["@foo=1,bar=2"]),
        ("key_illegal_vendor_format", &["foo@@bar=1,bar=2"]),
        ("key_illegal_vendor_format", &["foo@bar@baz=1,bar=2"]),
        ("member_count_limit", &[&tens[0], &tens[1], &tens[2], &tens[3]]),
        ("key_length_limit", &["foo=1", &long[0]]),
        ("key_length_limit", &["foo=1", &long[1]]),
        ("key_length_limit", &["foo=1", &long[2]]),
        ("value_illegal_characters", &["foo=bar=baz"]),
        ("value_illegal_characters", &["foo=,bar=3"]),
    ];
    for (case, lines) in cases {
        let sent = with_tracestate(lines);
        assert!(continues(&sent), "{case}: the traceparent is not affected");
        assert_eq!(sent.get("tracestate"), "", "{case}: {lines:?}");
    }
    for name in ["trace-state", "trace.state"] {
        let sent = answered(&[("traceparent", UNSAMPLED), (name, "foo=1")]);
        assert_eq!(sent.names(), ["traceparent"], "header_name: {name}");
    }
}

#[test]
fn tracestate_included_traceparent_missing() {
    for tracestate in ["foo=1", "foo=1,bar=2"] {
        assert_eq!(answered(&[("tracestate", tracestate)]).names(), ["traceparent"]);
    }
}

#[test]
fn propagates_random_flag() {
    for (flags, expected) in
        [("00", "00"), ("01", "01"), ("02", "02"), ("03", "03"), ("fc", "00"), ("ff", "03")]
    {
        let sent = answered(&[("traceparent", format!("00-{TRACE}-{SPAN}-{flags}"))]);
        assert_eq!(sent.traceparent()[3], expected, "{flags}");
        assert!(continues(&sent));
    }
    assert_eq!(answered::<&str>(&[]).traceparent()[3], "03", "a trace id of our own is random");
}

#[test]
fn multiple_requests() {
    for (case, lines, is_continued) in [
        ("with_valid_traceparent", vec![("traceparent", TRACEPARENT)], true),
        ("without_traceparent", vec![], false),
        (
            "with_illegal_traceparent",
            vec![("traceparent", "00-00000000000000000000000000000000-1234567890123456-01")],
            false,
        ),
    ] {
        let sent = loopback::sent(&lines, 3);
        let distinct = |part: usize| {
            let mut parts: Vec<_> = sent.iter().map(|it| it.traceparent()[part].to_owned()).collect();
            parts.sort();
            parts.dedup();
            parts
        };
        assert_eq!((distinct(1).len(), distinct(2).len()), (1, 3), "{case}");
        assert!(sent.iter().all(|it| continues(it) == is_continued), "{case}");
    }
}
