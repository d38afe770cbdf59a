//! The words of `cluster` and `link`, and the requests that they become.

use super::{requests::becomes, run};
use crate::api::{
    Request,
    linkage::{ClusterRequest, LinkRequest},
};

fn judge(verdict: &str, victims: &[(&str, &str)], reason: Option<&str>) -> Request {
    let victims = victims.iter().map(|(one, other)| ((*one).to_owned(), (*other).to_owned()));
    Request::Cluster(ClusterRequest::Judge {
        one: "5c1e".to_owned(),
        other: "7d02".to_owned(),
        verdict: verdict.to_owned(),
        reason: reason.map(str::to_owned),
        by: reason.map(|_| "K7".to_owned()),
        victims: victims.collect(),
        circle: None,
    })
}

#[test]
fn of_clusters() {
    let candidates = |incident: Option<&str>, limit| {
        let incident = incident.map(str::to_owned);
        Request::Cluster(ClusterRequest::Candidates { incident, within_one: false, limit })
    };
    becomes("cluster candidates", &candidates(None, 20));
    becomes("cluster candidates --incident 5c1e --limit 0", &candidates(Some("5c1e"), 0));
    becomes(
        "cluster same 5c1e 7d02 --victims 1=2,2=1 --reason road --as K7",
        &judge("same_as", &[("1", "2"), ("2", "1")], Some("road")),
    );
    becomes("cluster not-same 5c1e 7d02", &judge("not_same", &[], None));
    becomes("cluster undo 5c1e 7d02", &judge("undone", &[], None));
    let list = |contested| Request::Cluster(ClusterRequest::List { contested });
    becomes("cluster list", &list(false));
    becomes("cluster list --contested", &list(true));
    let show = ClusterRequest::Show { incident: "5c1e".to_owned() };
    becomes("cluster show 5c1e", &Request::Cluster(show));
    for wrong in ["1", "1=", "1=2,1=3", "1=2,3=2"] {
        let ended = run(&format!("cluster same 5c1e 7d02 --victims {wrong}"));
        assert!(ended.asked.is_empty() && ended.code == 2, "{wrong}: {}", ended.err);
    }
}

#[test]
fn of_links() {
    let add = LinkRequest::Add {
        incident: "5c1e".to_owned(),
        link: "part_of".to_owned(),
        to: "7d02".to_owned(),
        note: Some("road".to_owned()),
    };
    becomes("link add 5c1e --type part_of 7d02 --note road", &Request::Link(add));
    becomes("link list", &Request::Link(LinkRequest::List { incident: None }));
    let remove = LinkRequest::Remove { incident: "5c1e".to_owned(), key: "kqzvte".to_owned() };
    becomes("link remove 5c1e kqzvte", &Request::Link(remove));
}

#[test]
fn requests_are_the_same_after_a_way_through_json() {
    let requests = [
        judge("same_as", &[("1", "2")], Some("road")),
        Request::Cluster(ClusterRequest::List { contested: true }),
        Request::Link(LinkRequest::List { incident: None }),
    ];
    for request in requests {
        let json = serde_json::to_string(&request).unwrap();
        assert_eq!(serde_json::from_str::<Request>(&json).unwrap(), request, "{json}");
    }
    let short = r#"{"command":"cluster","action":"candidates"}"#;
    let Request::Cluster(ClusterRequest::Candidates { limit, .. }) =
        serde_json::from_str(short).unwrap()
    else {
        panic!()
    };
    assert_eq!(limit, 0);
}
