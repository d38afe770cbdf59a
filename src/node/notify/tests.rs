//! Against servers that stand in this computer: good ones, bad ones, and ones that hang.

mod servers;

use std::{
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use self::servers::{Manner, Server};
use super::{
    settings::{Webhook, check_mail, check_webhook},
    sink::{ATTEMPT, Sinks, Timing, attempt, start},
    *,
};
use crate::{
    api::notify::{Content, Mail, Security},
    crypto::{Passphrase, WorkFactor},
    model::{alert::Level, id::CircleId},
    node::{
        home::{InitOptions, init},
        notice::{Notice, Reason},
    },
};

fn notice(reason: Reason, level: Level, for_us: bool) -> Notice {
    let (circle, alert) = (CircleId::new([7; 32]), "aguja-secreta-0123".to_owned());
    Notice { circle, alert, reason, level, drill: false, step: 2, for_us }
}

/// A node of a new organisation, without a network.
async fn started(home: &Path) -> Handle {
    let (passphrase, work) = (Passphrase::new("a passphrase"), WorkFactor::LOWEST);
    let (org, device) = ("Árbol", "laptop");
    init(&InitOptions { home, org, device, passphrase: &passphrase, work }).unwrap();
    Handle::start(home, passphrase, None).await.unwrap()
}

fn summary(level: Level) -> Summary {
    Summary::of(&notice(Reason::New, level, true))
}

fn webhook(server: &Server) -> Settings {
    let url = format!("{}://localhost:{}/hook", server.scheme(), server.port);
    let webhook = Webhook { url, authorities: server.authority.clone() };
    check_webhook(&webhook).unwrap();
    Settings { webhook: Some(webhook), ..Settings::default() }
}

fn mail(server: &Server, security: Security) -> Settings {
    let (user, password) = (Some("ceiba".to_owned()), Some("a-word-of-its-own".to_owned()));
    let mail = Mail {
        server: format!("localhost:{}", server.port),
        security,
        user,
        password,
        from: "ceiba@example.org".to_owned(),
        to: vec!["turno@example.org".to_owned(), "otra@example.org".to_owned()],
        authorities: server.authority.clone(),
    };
    check_mail(&mail).unwrap();
    Settings { mail: Some(mail), ..Settings::default() }
}

/// As fast as a test wants it.
fn quick() -> Timing {
    Timing {
        attempt: Duration::from_millis(300),
        back_off: vec![Duration::from_millis(20); 3],
        burst: 2,
        every: Duration::from_millis(400),
    }
}

async fn said(sink: Sink, settings: &Settings, level: Level) -> Result<(), SinkError> {
    attempt(sink, settings, Some(summary(level)), ATTEMPT).await
}

#[test]
fn what_waits_for_us_and_is_new_or_worse_rings() {
    for (reason, rings_for_us) in [
        (Reason::New, true),
        (Reason::Worse, true),
        (Reason::Reopened, true),
        (Reason::Escalated, true),
        (Reason::Expired, true),
        (Reason::Updated, false),
        (Reason::Acknowledged, false),
        (Reason::StoodDown, false),
    ] {
        assert_eq!(notice(reason, Level::Watch, true).rings(), rings_for_us, "{reason:?}");
        assert!(!notice(reason, Level::LifeImminent, false).rings(), "{reason:?}");
    }
}

#[test]
fn an_exercise_never_hides_what_is_real() {
    let drill = Notice { drill: true, ..notice(Reason::New, Level::LifeImminent, true) };
    let real = summary(Level::Watch);
    assert_eq!(Summary::of(&drill).with(real), real);
    assert_eq!(real.with(Summary::of(&drill)), real);
    assert_eq!(real.with(summary(Level::Serious)), summary(Level::Serious));
}

#[tokio::test]
async fn a_webhook_gets_the_same_bytes_whatever_waits() {
    let server = Server::http(Manner::Good).await;
    let settings = webhook(&server);
    for level in Level::ALL {
        said(Sink::Webhook, &settings, level).await.unwrap();
    }
    let came = server.came();
    assert_eq!(came.len(), 4);
    assert!(came.iter().all(|one| *one == came[0]), "{came:?}");
    assert!(came[0].ends_with("\r\n\r\n{\"event\":\"alert-waits\"}"), "{}", came[0]);
    for needle in ["aguja", "life", "serious", "0707", "step"] {
        assert!(!came[0].contains(needle), "{needle} in {}", came[0]);
    }
    // Unless the organisation wants more.
    let settings = Settings { content: Content::Summary, ..settings };
    said(Sink::Webhook, &settings, Level::Serious).await.unwrap();
    let told = server.came().pop().unwrap();
    assert!(told.contains("\"level\":\"serious\"") && !told.contains("aguja"), "{told}");
}

#[tokio::test]
async fn a_webhook_is_called_by_tls_with_the_authority_that_was_given() {
    let server = Server::https(Manner::Good).await;
    said(Sink::Webhook, &webhook(&server), Level::Watch).await.unwrap();
    assert_eq!(server.came().len(), 1);
    // With those of the computer it is a stranger.
    let mut settings = webhook(&server);
    settings.webhook.as_mut().unwrap().authorities = Server::https(Manner::Good).await.authority;
    let refused = said(Sink::Webhook, &settings, Level::Watch).await;
    assert_eq!(refused, Err(SinkError::Tls));
    assert_eq!(server.came().len(), 1);
}

#[tokio::test]
async fn a_webhook_that_fails_redirects_or_talks_without_end_is_told_from_a_good_one() {
    for (manner, error) in [
        (Manner::Answers("500 No"), SinkError::Status(500)),
        (Manner::Answers("302 Found\r\nLocation: http://127.0.0.1:1/"), SinkError::Status(302)),
        (Manner::Endless, SinkError::Protocol),
        (Manner::Closes, SinkError::Protocol),
    ] {
        let server = Server::http(manner).await;
        assert_eq!(said(Sink::Webhook, &webhook(&server), Level::Watch).await, Err(error));
    }
    let server = Server::http(Manner::Hangs).await;
    let (settings, within) = (webhook(&server), Duration::from_millis(200));
    let hung = attempt(Sink::Webhook, &settings, None, within).await;
    assert_eq!(hung, Err(SinkError::TimedOut));
}

#[tokio::test]
async fn mail_is_sent_with_and_without_tls_and_says_nothing() {
    for (server, security) in [
        (Server::smtp(Manner::Good).await, Security::None),
        (Server::smtps(Manner::Good).await, Security::Tls),
        (Server::starttls(Manner::Good).await, Security::Starttls),
    ] {
        let settings = mail(&server, security);
        let mut sizes = Vec::new();
        for level in [Level::LifeImminent, Level::Watch] {
            said(Sink::Mail, &settings, level).await.unwrap();
            let told = server.came().pop().unwrap();
            assert!(told.contains("RCPT TO:<otra@example.org>\r\n"), "{told}");
            assert!(told.contains("Subject: An alert waits. Una alerta espera."), "{told}");
            assert!(told.contains("AUTH PLAIN AGNlaWJhAGEtd29yZC1vZi1pdHMtb3du\r\n"), "{told}");
            for needle in ["aguja", "life", "watch"] {
                assert!(!told.contains(needle), "{needle} in {told}");
            }
            sizes.push(told.len());
        }
        assert_eq!(sizes[0], sizes[1]);
    }
}

#[tokio::test]
async fn a_mail_server_that_refuses_hangs_or_says_too_much_is_no_success() {
    for (manner, error) in [
        (Manner::Answers("550 No"), SinkError::Reply(550)),
        (Manner::Endless, SinkError::Protocol),
        (Manner::Closes, SinkError::Protocol),
    ] {
        let server = Server::smtp(manner).await;
        let refused = said(Sink::Mail, &mail(&server, Security::None), Level::Watch).await;
        assert_eq!(refused, Err(error), "{manner:?}");
    }
    // What is said in the clear behind the word for TLS is not taken as said within it.
    let server = Server::starttls(Manner::Injects).await;
    let refused = said(Sink::Mail, &mail(&server, Security::Starttls), Level::Watch).await;
    assert_eq!(refused, Err(SinkError::Protocol));
    // Who offers no TLS gets no password.
    let server = Server::smtp(Manner::Good).await;
    let settings = mail(&server, Security::Starttls);
    assert!(said(Sink::Mail, &settings, Level::Watch).await.is_err());
    assert!(!server.came().concat().contains("AUTH"));
    let server = Server::smtp(Manner::Hangs).await;
    let settings = mail(&server, Security::None);
    let hung = attempt(Sink::Mail, &settings, None, Duration::from_millis(200)).await;
    assert_eq!(hung, Err(SinkError::TimedOut));
}

#[tokio::test]
async fn a_dead_address_keeps_mail_from_nobody_and_nobody_learns_who_else_gets_it() {
    let server = Server::smtp(Manner::Refuses("turno@example.org")).await;
    let settings = mail(&server, Security::None);
    let log = set(settings);
    log.set_waiting(Some(summary(Level::Serious)));
    let sinks = start(&log, quick(), || {});
    put(&sinks);
    until(|| server.came().len() >= 6).await;
    let came = server.came();
    assert!(came[0].contains("To: <otra@example.org>\r\n"), "{}", came[0]);
    assert!(!came[0].contains("To: <turno@example.org>"), "{}", came[0]);
    // Who was told is not told again; the other is tried as long as an alert waits.
    assert!(!came[1..].concat().contains("otra@example.org"), "{came:?}");
    assert!(came[5].contains("RCPT TO:<turno@example.org>"), "{}", came[5]);
    // What is new goes to all who can be told, without waiting for the one who cannot.
    put(&sinks);
    until(|| server.came()[6..].concat().contains("To: <otra@example.org>")).await;
    log.set_waiting(None);
}

async fn until(what: impl Fn() -> bool) {
    for _look in 0..500 {
        if what() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it did not come about");
}

fn put(sinks: &Sinks) {
    sinks.put(summary(Level::Serious));
}

/// A log with what was set before.
fn set(settings: Settings) -> Arc<Log> {
    let log = Arc::new(Log::default());
    log.load(settings);
    log
}

#[tokio::test]
async fn a_flood_of_alerts_is_few_messages_and_none_is_forgotten() {
    let server = Server::http(Manner::Good).await;
    let bells = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&bells);
    let bell = move || {
        counted.fetch_add(1, Ordering::Relaxed);
    };
    let sinks = start(&set(webhook(&server)), quick(), bell);
    for _alert in 0..200 {
        put(&sinks);
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let told = server.came().len();
    assert!((1..=6).contains(&told), "{told}");
    assert!((1..=6).contains(&bells.load(Ordering::Relaxed)));
    // The last one came while others were held up: somebody is told of it.
    until(|| server.came().len() > told).await;
}

#[tokio::test]
async fn what_fails_is_tried_again_and_what_hangs_holds_up_nothing_else() {
    let hanging = Server::smtp(Manner::Hangs).await;
    let flaky = Server::http(Manner::FailsFirst(2)).await;
    let log = set(Settings { mail: mail(&hanging, Security::None).mail, ..webhook(&flaky) });
    let sinks = start(&log, quick(), || {});
    put(&sinks);
    until(|| flaky.came().len() == 3).await;
    let went = |sink| log.last().into_iter().find(|it| it.sink == sink).map(|it| it.error);
    until(|| went(Sink::Webhook) == Some(None)).await;
    // Mail is tried four times, then given up until the next alert.
    until(|| matches!(went(Sink::Mail), Some(Some(_)))).await;
    until(|| hanging.connections() == 4).await;
    put(&sinks);
    until(|| hanging.connections() > 4).await;
}

#[tokio::test]
async fn what_is_put_right_is_used_at_once_and_what_is_taken_away_no_more() {
    let (bad, good) =
        (Server::http(Manner::Answers("500 No")).await, Server::http(Manner::Good).await);
    let log = set(webhook(&bad));
    log.set_waiting(Some(summary(Level::Serious)));
    let sinks = start(&log, quick(), || {});
    put(&sinks);
    // It is tried for as long as an alert waits.
    until(|| bad.came().len() >= 6).await;
    log.set(webhook(&good));
    until(|| good.came().len() == 1).await;
    let asked = bad.came().len();
    put(&sinks);
    until(|| good.came().len() == 2).await;
    assert_eq!(bad.came().len(), asked, "it is called no more");
    assert!(log.last().iter().all(|attempt| attempt.error.is_none()));
    // Who is set while an alert waits is told of it, and nothing is told of what is off.
    let mails = Server::smtp(Manner::Good).await;
    log.set(mail(&mails, Security::None));
    until(|| mails.came().concat().contains("To: <otra@example.org>")).await;
    assert_eq!(good.came().len(), 2);
    assert_eq!(log.last().len(), 1, "{:?}", log.last());
    // Nothing waits: who is set then is told of nothing.
    log.set_waiting(None);
    log.set(Settings::default());
    log.set(webhook(&good));
    put(&sinks);
    until(|| good.came().len() == 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fails_keeps_nobody_from_being_told() {
    let folder = tempfile::tempdir().unwrap();
    let handle = started(&folder.path().join("home")).await;
    // All of these are taken in one go, at whose end the disk fails.
    let (open, gate) = std::sync::mpsc::channel::<()>();
    let mut busy = Box::pin(handle.with(move |_node| gate.recv()));
    let mut told = Box::pin(handle.next_notices());
    let mut fails = Box::pin(handle.with(|node| {
        node.replica.break_journal();
        node.alert_notices.push(notice(Reason::New, Level::Serious, true));
    }));
    tokio::select! {
        biased;
        _answer = &mut busy => panic!("it waits"),
        _told = &mut told => panic!("nothing to tell"),
        _answer = &mut fails => panic!("it waits for its turn"),
        () = tokio::task::yield_now() => {}
    }
    open.send(()).unwrap();
    assert!(fails.await.is_err(), "nothing is acknowledged");
    assert_eq!(told.await.unwrap().len(), 1);
    let _failed = handle.clone().stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_tells_of_what_its_actor_puts_there_and_goes_on_while_a_sink_hangs() {
    let folder = tempfile::tempdir().unwrap();
    let handle = started(&folder.path().join("home")).await;
    let (good, hanging) = (Server::http(Manner::Good).await, Server::smtp(Manner::Hangs).await);
    let settings = Settings { mail: mail(&hanging, Security::None).mail, ..webhook(&good) };
    let bytes = serde_json::to_vec(&settings).unwrap();
    handle.with(move |node| node.replica.set_local("notify", bytes)).await.unwrap().unwrap();

    let bells = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&bells);
    let bell = move || {
        counted.fetch_add(1, Ordering::Relaxed);
    };
    let ringing = tokio::spawn(ring(handle.clone(), bell));
    let push = |notice: Notice| handle.with(move |node| node.alert_notices.push(notice));
    push(notice(Reason::Acknowledged, Level::Serious, true)).await.unwrap();
    push(notice(Reason::New, Level::Serious, false)).await.unwrap();
    push(notice(Reason::New, Level::Serious, true)).await.unwrap();
    until(|| good.came().len() == 1 && hanging.connections() == 1).await;
    assert_eq!(bells.load(Ordering::Relaxed), 1);
    // It escalates: rung again, while mail still hangs.
    push(notice(Reason::Escalated, Level::Serious, true)).await.unwrap();
    until(|| good.came().len() == 2).await;
    let asked = tokio::time::timeout(Duration::from_secs(2), handle.with(|node| node.opened()));
    assert!(asked.await.is_ok(), "the actor waits for a sink");
    ringing.abort();
    handle.stop().await.unwrap();
}
