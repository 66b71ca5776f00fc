//! The Service's own screens: out to the provider, back from it, and the choice of an account.
//!
//! The caller is a browser, so mistakes are pages. The product learns the choice from the poll route.

use axum::http::StatusCode;
use axum::response::Response;
use url::Url;
use uuid::Uuid;

use super::Fault;
use super::call::Call;
use super::context::Context;
use super::moment::Moment;
use super::reply::{self, escape};
use super::settings::LinkedInSelection;
use super::state::{AccountStatus, ListedAccount, Session, SessionPurpose, SessionStage, State};

/// Sends the browser to the bank's auth callback with `bank`, `authorisation_id`, `redirect_uri` and `state`.
///
/// To renew a consent it is the reAuth callback, with `bankaccount` instead of `bank` and the
/// provider's `externalId`. Source: endpoint pages of auth and authrefresh.
///
/// A session that was used or has expired is a page with 410.
pub(super) fn open(context: &Context, id: &str) -> Response {
    let state = context.state();
    let session = Uuid::try_parse(id)
        .ok()
        .and_then(|id| Some((id, state.sessions.get(&id)?)));
    let Some((id, session)) = session else {
        return failure(StatusCode::NOT_FOUND, "This link is not known.");
    };
    let life = context.settings().rulings.authorisation_life;
    if !matches!(session.stage, SessionStage::Open) || session.created.outlived(life, Moment::now())
    {
        return failure(StatusCode::GONE, "This link was used or has expired.");
    }
    let Some(registered) = state.banks.get(&session.bank) else {
        return no_address();
    };
    let callbacks = &registered.bank.callbacks;
    let (callback, mut pairs) = match session.purpose {
        SessionPurpose::Link => (&callbacks.auth, vec![("bank", session.bank.to_string())]),
        // The page describes `bankaccount` as the bank's id; the account's is what can be meant.
        SessionPurpose::Renew(account) => (
            &callbacks.re_auth,
            vec![("bankaccount", account.to_string())],
        ),
    };
    pairs.extend([
        ("authorisation_id", id.to_string()),
        (
            "redirect_uri",
            format!("{}/ui/return?session={id}", context.base_url()),
        ),
        ("state", session.state.clone()),
    ]);
    if let SessionPurpose::Renew(account) = session.purpose {
        let account = state.accounts.get(&account);
        let Some(account) = account.filter(|account| account.status != AccountStatus::Cancelled)
        else {
            return failure(StatusCode::GONE, "The account of this link was removed.");
        };
        pairs.push(("externalId", account.listed.external_id.clone()));
    }
    let Ok(mut target) = Url::parse(callback) else {
        return no_address();
    };
    target.query_pairs_mut().extend_pairs(pairs);
    reply::redirect(target.as_str(), None)
}

/// Where the provider sends the browser back to: the choice of an account, or the end of a failed session.
///
/// Without the session and its own state nothing happens and the page is a 400.
pub(super) fn come_back(context: &Context, call: &Call) -> Response {
    let mut state = context.state();
    let Some((id, session)) = find(&mut state, call) else {
        return not_ours();
    };
    match &session.stage {
        SessionStage::Open | SessionStage::Failed => {
            session.stage = SessionStage::Failed;
            let text = match session.purpose {
                SessionPurpose::Link => {
                    "The bank did not report success, so no account was linked."
                }
                SessionPurpose::Renew(_) => {
                    "The bank did not report success, so no consent was renewed."
                }
            };
            failure(StatusCode::OK, text)
        }
        SessionStage::Chosen(_) => done(),
        SessionStage::Renewed => reply::page(
            StatusCode::OK,
            "Done",
            "<p>The consent was renewed. You can go back to your product.</p>",
        ),
        SessionStage::Succeeded(listed)
            if listed.len() == 1 && context.shows(Fault::SelectionSkippedForSingleAccount) =>
        {
            session.stage = SessionStage::Chosen(listed[0].clone());
            done()
        }
        SessionStage::Succeeded(_) => choice(context, &state, id),
    }
}

/// Takes the customer's choice: the form field `account` contains an account's key, or its index in the list, from 0.
pub(super) fn choose(context: &Context, call: &Call) -> Response {
    let mut state = context.state();
    let Some((_, session)) = find(&mut state, call) else {
        return not_ours();
    };
    let form = call.media_type().as_deref() == Some("application/x-www-form-urlencoded");
    let fields = call.form().ok().filter(|_| form).unwrap_or_default();
    let mut fields = fields.into_iter();
    let wanted = fields.find_map(|(name, value)| (name == "account").then_some(value));
    let Some(wanted) = wanted else {
        return failure(StatusCode::BAD_REQUEST, "No account was chosen.");
    };
    match &session.stage {
        SessionStage::Succeeded(listed) => {
            let chosen = listed
                .iter()
                .enumerate()
                .find(|(index, account)| account.key == wanted || index.to_string() == wanted)
                .map(|(_, account)| account.clone());
            let Some(chosen) = chosen else {
                return failure(StatusCode::BAD_REQUEST, "The bank listed no such account.");
            };
            session.stage = SessionStage::Chosen(chosen);
            done()
        }
        SessionStage::Chosen(chosen) if chosen.key == wanted => done(),
        SessionStage::Chosen(_) => failure(StatusCode::CONFLICT, "An account was chosen already."),
        SessionStage::Renewed => failure(StatusCode::CONFLICT, "There is nothing to choose."),
        SessionStage::Open | SessionStage::Failed => {
            failure(StatusCode::CONFLICT, "The bank did not report success.")
        }
    }
}

/// Finds the session whose id and state the query contains, each exactly once.
fn find<'a>(state: &'a mut State, call: &Call) -> Option<(Uuid, &'a mut Session)> {
    let once = |name: &str| {
        let mut values = call.query.iter().filter(|(key, _)| key == name);
        let (_, value) = values.next()?;
        values.next().is_none().then_some(value.as_str())
    };
    let id = Uuid::try_parse(once("session")?).ok()?;
    let sent = once("state")?;
    let session = state.sessions.get_mut(&id)?;
    (session.state == sent).then_some((id, session))
}

/// The page on which the customer chooses one of the reported accounts.
///
/// An account that is linked already is listed, too, because the Service copes with a second onboarding.
fn choice(context: &Context, state: &State, id: Uuid) -> Response {
    let Some(session) = state.sessions.get(&id) else {
        return not_ours();
    };
    let SessionStage::Succeeded(listed) = &session.stage else {
        return not_ours();
    };
    let action = format!(
        "{}/ui/choice?session={id}&state={}",
        context.base_url(),
        session.state
    );
    let mut form = format!("<form method=\"post\" action=\"{}\">\n", escape(&action));
    let shown = if context.shows(Fault::SelectionShowsFirstAccountOnly) {
        1
    } else {
        listed.len()
    };
    for (index, account) in listed.iter().take(shown).enumerate() {
        let checked = if index == 0 { " checked" } else { "" };
        form.push_str(&format!(
            "<p><label><input type=\"radio\" name=\"account\" value=\"{}\" data-external-id=\"{}\" data-account-identifier=\"{}\"{checked}> {}{}</label></p>\n",
            escape(&account.key),
            escape(&account.external_id),
            escape(&account.account_identifier),
            escape(&account.name),
            mark(context, state, session, account),
        ));
    }
    form.push_str("<p><button type=\"submit\">Link this account</button></p>\n</form>");
    reply::page(StatusCode::OK, "Choose an account", &form)
}

/// The mark of an account that is linked already, where the setting `linked_in_selection` asks for it.
fn mark(
    context: &Context,
    state: &State,
    session: &Session,
    account: &ListedAccount,
) -> &'static str {
    let linked = state.same_identity(session.owner, session.bank, account);
    match context.settings().rulings.linked_in_selection {
        LinkedInSelection::Marked if linked.is_some() => " <em>(connected)</em>",
        LinkedInSelection::Marked | LinkedInSelection::Plain => "",
    }
}

fn done() -> Response {
    reply::page(
        StatusCode::OK,
        "Done",
        "<p>The account was chosen. You can go back to your product.</p>",
    )
}

fn no_address() -> Response {
    failure(
        StatusCode::BAD_GATEWAY,
        "The bank has no address to sign in at.",
    )
}

fn not_ours() -> Response {
    failure(
        StatusCode::BAD_REQUEST,
        "The address lacks the session or its state.",
    )
}

fn failure(status: StatusCode, text: &str) -> Response {
    reply::page(
        status,
        "Authorisation failed",
        &format!("<p>{}</p>", escape(text)),
    )
}
