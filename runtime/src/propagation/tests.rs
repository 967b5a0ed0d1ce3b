use super::member::{self, BaggageMember, MAX_BAGGAGE_BYTES, MAX_BAGGAGE_MEMBERS};
use super::{sentry, tracestate};
use crate::record::Resource;
use crate::sample::Rate;
use crate::slots::Config;

fn tracestate_of(lines: &[&str]) -> Option<String> {
    tracestate::read(lines).map(String::from)
}

/// What is passed on of the baggage that came, Sentry's members first.
fn passed_on(lines: &[&str]) -> String {
    let (sampling, members) = member::read(lines);
    member::write(sampling.iter().chain(&members))
}

#[test]
fn keys_of_tracestate_are_as_long_as_they_may_be() {
    let name = |letter: &str, length: usize| letter.repeat(length);
    for key in [
        "a".to_owned(),
        "0a".to_owned(),
        "a_-*/9".to_owned(),
        "0@a".to_owned(),
        name("z", 256),
        format!("{}@{}", name("t", 241), name("s", 14)),
    ] {
        let member = format!("{key}=1");
        assert_eq!(tracestate_of(&[&member]), Some(member.clone()));
    }
    for key in [
        String::new(),
        "_a".to_owned(),
        "A".to_owned(),
        "a.b".to_owned(),
        "a ".to_owned(),
        "ä".to_owned(),
        "a@".to_owned(),
        "@a".to_owned(),
        "a@0".to_owned(),
        "a@b@c".to_owned(),
        name("z", 257),
        format!("{}@s", name("t", 242)),
        format!("t@{}", name("s", 15)),
    ] {
        assert_eq!(tracestate_of(&["ok=1", &format!("{key}=1")]), None, "{key}");
    }
}

#[test]
fn values_of_tracestate_are_printable_and_not_too_long() {
    let all: String = (' '..='~').filter(|it| !",=".contains(*it)).collect();
    for value in [all, "1".to_owned(), "1".repeat(256), format!("{}1", " ".repeat(255))] {
        let member = format!("a={value}");
        assert_eq!(tracestate_of(&[&member]), Some(member.clone()));
    }
    for value in ["", " ", "1=2", "a\tb", "é", "\x1b[31m", "a\r\nset-cookie: b", "\x7f"] {
        assert_eq!(tracestate_of(&[&format!("a={value}")]), None, "{value:?}");
    }
    assert_eq!(tracestate_of(&[&format!("a={}", "1".repeat(257))]), None);
}

#[test]
fn lines_of_tracestate_are_joined_without_what_is_empty() {
    assert_eq!(tracestate_of(&["", " , \t", "a=1 ,\tb= 2", ",", "c=3,"]), Some("a=1,b= 2,c=3".to_owned()));
    assert_eq!(tracestate_of(&[" ", ","]), None);
    let members: Vec<_> = (0..33).map(|n| format!("k{n}=v")).collect();
    assert_eq!(tracestate_of(&[&members[..32].join(","), ""]), Some(members[..32].join(",")));
    assert_eq!(tracestate_of(&[&members[..20].join(","), &members[20..].join(",")]), None);
    assert_eq!(tracestate::read([b"a=1\xff"]), None);
}

#[test]
fn baggage_is_passed_on_as_it_came() {
    for line in ["a=1", "a=1,b=2", "a=1;p;q=2,b=", "a==b=", "a=%E2%82%AC%20%25%2C", "!#$%&'*+-.^_`|~09aZ=x"] {
        assert_eq!(passed_on(&[line]), line);
    }
    let spaced = ["key1 = value1 ; p = 1 ;\tq", "  ", "\tkey2=\tvalue2 ,key3=3"];
    assert_eq!(passed_on(&spaced), "key1=value1;p=1;q,key2=value2,key3=3");
    assert_eq!(passed_on(&["b=1", "sentry-trace_id=2,a=3"]), "sentry-trace_id=2,b=1,a=3");
}

#[test]
fn what_is_no_member_of_baggage_is_left_out() {
    for member in [
        "a",
        "=1",
        " =1",
        "a b=1",
        "(a)=1",
        "ä=1",
        "a=b c",
        "a=\"b\"",
        "a=\\",
        "a=é",
        "a=1;",
        "a=1;;p",
        "a=1;p=a b",
        "a=1\r\n",
        "a=\x1b[0m",
        "a=1;p=\0",
    ] {
        assert_eq!(passed_on(&[&format!("x=1,{member},y=2")]), "x=1,y=2", "{member:?}");
    }
    let (_, members) = member::read([b"x=1,a=\xff,y=2"]);
    assert_eq!(members.iter().map(BaggageMember::key).collect::<Vec<_>>(), ["x", "y"]);
}

#[test]
fn the_last_of_several_members_with_a_key_counts() {
    assert_eq!(passed_on(&["a=1,b=1", "a=2;p"]), "a=2;p,b=1");
}

#[test]
fn values_of_baggage_are_decoded() {
    for (written, value) in [
        ("%41%7a", "Az"),
        ("%c3%A9", "é"),
        ("%0d%0Aa:%00", "\r\na:\0"),
        ("100%", "100%"),
        ("%4", "%4"),
        ("%zz%+1", "%zz%+1"),
        ("%ff", "\u{fffd}"),
    ] {
        let (_, members) = member::read([format!("a={written}")]);
        assert_eq!(members[0].value(), value, "{written}");
        // Whatever it is, it reads as the same again, and is printable.
        let again = member::write(members.iter());
        assert!(again.bytes().all(|byte| byte.is_ascii_graphic()), "{again:?}");
        assert_eq!(member::read([again]).1[0].value(), value);
    }
}

#[test]
fn baggage_has_as_many_members_as_the_standard_asks_for() {
    let members: Vec<_> = (0..MAX_BAGGAGE_MEMBERS + 9).map(|n| format!("k{n}=v")).collect();
    assert_eq!(passed_on(&[&members.join(",")]), members[..MAX_BAGGAGE_MEMBERS].join(","));
    assert_eq!(passed_on(&members.iter().map(String::as_str).collect::<Vec<_>>()).split(',').count(), 64);
}

#[test]
fn baggage_has_as_many_bytes_as_the_standard_asks_for() {
    let of_length = |key: &str, length: usize| format!("{key}={}", "v".repeat(length - key.len() - 1));
    let (first, rest) = (of_length("a", 4000), MAX_BAGGAGE_BYTES - 4001);
    let fits = format!("{first},{}", of_length("b", rest));
    assert_eq!(fits.len(), MAX_BAGGAGE_BYTES);
    assert_eq!(passed_on(&[&fits]), fits);
    // What does not fit is left out whole, and what comes after it is not.
    let too_long = format!("{first},{},c=1", of_length("b", rest + 1));
    assert_eq!(passed_on(&[&too_long]), format!("{first},c=1"));
    // What counts is what is written: three bytes for one that is encoded.
    let encoded = |count: usize| member::write([BaggageMember::new("a", &"é".repeat(count)).unwrap()].iter());
    assert_eq!(encoded((MAX_BAGGAGE_BYTES - 2) / 6).len(), MAX_BAGGAGE_BYTES);
    assert_eq!(encoded((MAX_BAGGAGE_BYTES - 2) / 6 + 1), "");
}

#[test]
fn a_sampling_context_tells_release_and_environment() {
    let context = sentry::read("0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1").unwrap();
    let (release, environment) = (Some("shop@1.2, beta".into()), Some("production".into()));
    let resource = Resource { release, environment, ..Resource::default() };
    let config =
        Config { resource: resource.into(), sampler: Some(Box::new(Rate(0.25))), ..Config::default() };
    assert_eq!(
        member::write(sentry::sampling("key", &config, context).iter()),
        "sentry-trace_id=0af7651916cd43dd8448eb211c80319c,sentry-public_key=key,sentry-sample_rate=0.25,\
         sentry-sampled=true,sentry-release=shop@1.2%2C%20beta,sentry-environment=production"
    );
}

#[test]
fn sentry_traces_are_read_and_written() {
    let ids = "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331";
    for (text, is_sampled, is_deferred) in
        [(format!("{ids}-1"), true, false), (format!("{ids}-0"), false, false), (ids.to_owned(), false, true)]
    {
        let context = sentry::read(&text).unwrap();
        assert_eq!((context.is_sampled(), context.is_deferred()), (is_sampled, is_deferred), "{text}");
        assert_eq!(sentry::write(context), text);
    }
    for wrong in ["", "-", "1", &ids[..48], &ids.to_uppercase(), &ids.replace('-', "")] {
        assert!(sentry::read(wrong).is_none(), "{wrong}");
    }
    for end in ["-", "-2", "-01", "-1-", "-1-1", "0", " "] {
        assert!(sentry::read(&format!("{ids}{end}")).is_none(), "{end:?}");
    }
    assert!(sentry::read(&ids.replace(|it: char| it != '-', "0")).is_none());
}
