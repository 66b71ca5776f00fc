//! Borders of an authorisation's life: announced, taken once, too old, forgotten.

use super::super::testbed;
use super::*;

const ID: &str = "11111111-0000-4000-8000-000000000001";
const START: Duration = Duration::from_secs(100);

fn destination() -> Destination {
    Destination::new("http://h/r", "s").unwrap()
}

fn register() -> (Authorisations, Settings) {
    let mut register = Authorisations::default();
    register.announce(Uuid::try_parse(ID).unwrap(), ID, Some(testbed::BANK), START);
    (register, testbed::settings("http://127.0.0.1:9"))
}

#[test]
fn an_announced_id_is_admitted_until_its_life_ends() {
    let (mut register, settings) = register();
    let end = START + settings.authorisation_life;
    assert!(
        register
            .admit(
                ID,
                None,
                &Purpose::Link,
                end - Duration::from_millis(1),
                &settings
            )
            .is_ok()
    );
    assert_eq!(
        register.admit(ID, None, &Purpose::Link, end, &settings),
        Err(AuthorisationRefusal::Expired)
    );
    let unknown = "11111111-0000-4000-8000-000000000002";
    assert_eq!(
        register.admit(unknown, None, &Purpose::Link, START, &settings),
        Err(AuthorisationRefusal::Unannounced)
    );
    assert_eq!(
        register.admit("../..", None, &Purpose::Link, START, &settings),
        Err(AuthorisationRefusal::Unannounced)
    );
}

#[test]
fn an_authorisation_is_good_for_the_bank_it_was_announced_for() {
    let (mut register, settings) = register();
    let mut admit = |id, bank| register.admit(id, bank, &Purpose::Link, START, &settings);
    let other = "ba4c0000-0000-4000-8000-0000000000bb";
    assert_eq!(admit(ID, Some(other)), Err(AuthorisationRefusal::OtherBank));
    assert_eq!(admit(ID, Some("")), Err(AuthorisationRefusal::OtherBank));
    assert!(admit(ID, None).is_ok());
    assert!(
        admit(ID, Some(testbed::BANK)).is_ok(),
        "nothing was used up"
    );
    let shouted = testbed::BANK.to_uppercase();
    assert!(admit(ID, Some(&shouted)).is_ok());

    let unsaid = "11111111-0000-4000-8000-000000000002";
    let key = Uuid::try_parse(unsaid).unwrap();
    register.announce(key, unsaid, None, START);
    let admitted = register.admit(unsaid, Some(other), &Purpose::Link, START, &settings);
    assert!(admitted.is_ok(), "no bank was announced");
}

#[test]
fn announcing_again_neither_renews_nor_reopens() {
    let (mut register, settings) = register();
    let key = register
        .admit(ID, None, &Purpose::Link, START, &settings)
        .unwrap();
    let token = register.open(key, Purpose::Link, destination());
    register.take(&token, START, &settings).unwrap();
    register.announce(key, ID, Some(testbed::BANK), START);
    assert_eq!(
        register.admit(ID, None, &Purpose::Link, START, &settings),
        Err(AuthorisationRefusal::Used)
    );
}

#[test]
fn of_two_open_sessions_one_decides() {
    let (mut register, settings) = register();
    let key = register
        .admit(ID, None, &Purpose::Link, START, &settings)
        .unwrap();
    let (first, second) = (
        register.open(key, Purpose::Link, destination()),
        register.open(key, Purpose::Link, destination()),
    );
    assert_eq!(
        register
            .take(&first, START, &settings)
            .unwrap()
            .authorisation,
        ID
    );
    assert_eq!(
        register.take(&first, START, &settings).unwrap_err(),
        AuthorisationRefusal::NoSession
    );
    assert_eq!(
        register.take(&second, START, &settings).unwrap_err(),
        AuthorisationRefusal::Used
    );
}

#[test]
fn a_session_cannot_decide_after_its_authorisation_expired() {
    let (mut register, settings) = register();
    let key = register
        .admit(ID, None, &Purpose::Link, START, &settings)
        .unwrap();
    let token = register.open(key, Purpose::Link, destination());
    let late = START + settings.authorisation_life;
    assert_eq!(
        register.take(&token, late, &settings).unwrap_err(),
        AuthorisationRefusal::Expired
    );
    assert!(register.destination(&token).is_some());
}

#[test]
fn logging_in_changes_the_token_and_sessions_are_bounded() {
    let (mut register, settings) = register();
    let key = register
        .admit(ID, None, &Purpose::Link, START, &settings)
        .unwrap();
    let first = register.open(key, Purpose::Link, destination());
    let second = register.log_in(&first, 0).unwrap();
    assert!(register.session(&first, START, &settings).is_err());
    assert_eq!(
        register
            .session(&second, START, &settings)
            .unwrap()
            .customer,
        Some(0)
    );
    for _ in 0..SESSIONS_MAX {
        register.open(key, Purpose::Link, destination());
    }
    assert_eq!(
        register.session(&second, START, &settings).unwrap_err(),
        AuthorisationRefusal::NoSession
    );
    assert_eq!(register.sessions.len(), SESSIONS_MAX);
}

#[test]
fn the_last_allowed_attempt_is_the_fourth_failure() {
    let (mut register, settings) = register();
    let key = register
        .admit(ID, None, &Purpose::Link, START, &settings)
        .unwrap();
    let token = register.open(key, Purpose::Link, destination());
    for _ in 1..ATTEMPTS_MAX {
        assert!(register.fail_login(&token));
    }
    assert!(!register.fail_login(&token));
    assert!(!register.fail_login("unknown"));
}

#[test]
fn the_oldest_announcement_is_forgotten_first() {
    let (mut register, settings) = register();
    for number in 0..AUTHORISATIONS_MAX {
        let key = Uuid::from_u128(number as u128 + 1);
        register.announce(key, &key.to_string(), None, START);
    }
    assert_eq!(
        register.admit(ID, None, &Purpose::Link, START, &settings),
        Err(AuthorisationRefusal::Unannounced)
    );
    assert!(
        register
            .admit(
                &Uuid::from_u128(1).to_string(),
                None,
                &Purpose::Link,
                START,
                &settings
            )
            .is_ok()
    );
    assert_eq!(register.authorisations.len(), AUTHORISATIONS_MAX);
}

#[test]
fn faults_admit_what_is_refused() {
    let (mut register, mut settings) = register();
    settings.faults = vec![Fault::AcceptsUnannouncedAuthorisation];
    let unknown = "11111111-0000-4000-8000-000000000002";
    assert!(
        register
            .admit(unknown, None, &Purpose::Link, START, &settings)
            .is_ok()
    );
    settings.faults = vec![Fault::AcceptsExpiredAuthorisation];
    assert!(
        register
            .admit(ID, None, &Purpose::Link, START * 1_000, &settings)
            .is_ok()
    );
    let key = register
        .admit(ID, None, &Purpose::Link, START, &settings)
        .unwrap();
    let token = register.open(key, Purpose::Link, destination());
    register.take(&token, START, &settings).unwrap();
    settings.faults = vec![Fault::AcceptsUsedAuthorisation];
    assert!(
        register
            .admit(ID, None, &Purpose::Link, START, &settings)
            .is_ok()
    );
}

#[test]
fn faults_of_renewing_admit_for_renewing_only() {
    let (mut register, mut settings) = register();
    let renewing = Purpose::Renew { customer: 0 };
    let unknown = "11111111-0000-4000-8000-000000000002";
    settings.faults = vec![Fault::ReauthorisesUnannounced];
    assert!(
        register
            .admit(unknown, None, &Purpose::Link, START, &settings)
            .is_err()
    );
    assert!(
        register
            .admit(unknown, None, &renewing, START, &settings)
            .is_ok()
    );
    let key = register
        .admit(ID, None, &renewing, START, &settings)
        .unwrap();
    let token = register.open(key, renewing.clone(), destination());
    register.take(&token, START, &settings).unwrap();
    assert_eq!(
        register.admit(ID, None, &renewing, START, &settings),
        Err(AuthorisationRefusal::Used)
    );
    settings.faults = vec![Fault::ReauthorisesUsed];
    assert!(
        register
            .admit(ID, None, &Purpose::Link, START, &settings)
            .is_err()
    );
    assert!(
        register
            .admit(ID, None, &renewing, START, &settings)
            .is_ok()
    );
}
