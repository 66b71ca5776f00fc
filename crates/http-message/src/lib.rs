//! Reads HTTP messages as their recipients mean them.
//!
//! The emulated service takes a message, and a plan looks for it: both have to read it alike, or a message that had its
//! effect escapes the plan. This crate is what they share. It knows neither banks nor plans, opens no connection and
//! reads no clock.
//!
//! | module | what it reads |
//! |---|---|
//! | `body` | the body of a message: coding, character set, then JSON, a form or text |
//! | `coding` | content codings: gzip, deflate and br, within a bound |
//! | `charset` | bytes as text: byte order mark, declared character set, UTF-8 |
//! | `footprint` | how much memory a document takes once it is read |
//! | `json` | JSON, with the keys that an object has more than once |
//! | `media` | media types and their parameter `charset` |
//! | `page` | the text of a page, as a person reads it |
//! | `path` | paths, segment by segment |
//! | `unread` | why a body cannot be read |
//! | `identifier` | identifiers, of which UUIDs have several spellings |

mod body;
mod charset;
mod coding;
mod footprint;
mod identifier;
mod json;
mod media;
mod page;
mod path;
mod unread;

pub use body::{BodyReading, Bounds, Content, SentBody};
pub use footprint::of_json as json_footprint;
pub use identifier::{canonical_id, same_id};
pub use media::MediaType;
pub use page::{PageBlock, PagePart, PageReading, page_text, read_page};
pub use path::{same_path, segments};
pub use unread::{Unread, UnreadCause};
