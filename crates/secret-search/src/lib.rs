//! Finds secrets in texts and files: known ones in every encoding, unknown ones by their shape.
//!
//! Pure: a text in, places out. What a secret is, who may know it and what is written in its place is left to the
//! vault of feedproof. A crate of its own because every text of a run passes through it, several times: built for
//! development, it is optimised, which the rest is not.
//!
//! | module | what it does |
//! |---|---|
//! | `encoding` | the encodings of a secret, and what to look for to find it in them |
//! | `index` | finds any of thousands of needles in one pass |
//! | `reading` | undoes the escapes of URLs, JSON, Rust, HTML and XML |
//! | `stretch` | puts together what is written with breaks: base64 and hexadecimal digits |
//! | `search` | searches a text, as it stands and as it is read |
//! | `shape` | finds what must be a secret: tokens, credentials, fields of URLs and pages |
//! | `scan` | searches files and streams, and proves itself before |
//! | `canary` | a secret made up, in every form in which it must be found |
//!
//! ```
//! use secret_search::{Encoding, Index, LetterCase, needles, search};
//!
//! let mut index = Index::default();
//! index.add(0, needles("k+/=% y7", LetterCase::Any));
//! let found = search(&index, b"GET /accounts?key=k%2B%2F%3D%25+y7&page=1", |_| true);
//! assert_eq!(found[0].range, 18..34);
//! assert_eq!((found[0].secret, found[0].form), (0, Encoding::Percent));
//! ```

mod canary;
mod encoding;
mod index;
mod reading;
mod scan;
mod search;
mod shape;
mod stretch;

pub use canary::{Spelling, spellings};
pub use encoding::{Encoding, LetterCase, Needle, needles};
pub use index::{Index, NEEDLE_BYTES_MIN};
pub use scan::{Leak, Scanner, UntrustedScanner};
pub use search::{SecretMatch, search};
pub use shape::{SecretShape, kind_of_field, shapes};
