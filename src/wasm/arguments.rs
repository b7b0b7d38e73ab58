//! What JavaScript says, out of bytes: numbers as varints, texts with their length before them, lists with their number of
//! entries. Decides nothing.

use crate::context::Context;
use crate::error::{Error, Result};
use crate::format::bytes::Reader;
use crate::format::json::Json;
use crate::ids::ShardName;
use crate::listed::Listed;
use crate::mechanism::rules::Rules;
use crate::profile::Profile;
use crate::recaller::{Budget, MAX_LIMIT, Privacy, Request, Task};

/// Deeper values than any of ours are refused, so that a hostile manifest cannot exhaust the stack; the host leaves them out.
const MAX_DEPTH: u32 = 8;

/// A value of JSON: a byte for its type, then number, text, entries, or nothing. Each way to say yes or no is a type.
pub fn json(reader: &mut Reader<'_>, depth: u32) -> Json {
    reader.check(depth <= MAX_DEPTH, &"a value is too deep");
    match reader.u8() {
        1 => Json::Number(f64::from_bits(reader.u64())),
        2 => Json::Text(String::from(reader.string())),
        3 => {
            let mut list = Vec::new();
            reader.each(&mut |reader| list.push(json(reader, depth + 1)));
            Json::List(list)
        }
        4 => {
            let mut map = Vec::new();
            reader.each(&mut |reader| map.push((String::from(reader.string()), json(reader, depth + 1))));
            Json::Map(map)
        }
        5 => Json::Bool(false),
        6 => Json::Bool(true),
        _ => Json::Null,
    }
}

/// A request on behalf of a profile, its rules laid over the site's.
pub fn request(reader: &mut Reader<'_>, profile: &Profile, overlay: &Json) -> Result<Request> {
    let task = match reader.u8() {
        0 => Task::Recommend,
        1 => Task::Similar,
        _ => Task::Trending,
    };
    let (limit, minute) = (reader.varint() as usize, reader.varint());
    let budget = Budget { bytes: reader.varint(), files: reader.varint() };
    let (privacy, device) = (reader.u8(), reader.varint());
    let (seeds, exclude, lost) = (texts(reader), texts(reader), texts(reader));
    let (rules, page) = (json(reader, 0), texts(reader));
    if !reader.is_well() {
        return Err(Error::Request { problem: String::from("a number has more than 32 bits") });
    }
    let mut request = Request::of_profile(task, profile, &seeds, &exclude, minute);
    request.limit = limit.min(MAX_LIMIT);
    request.budget = budget;
    request.rules = Rules::read_all(&[overlay, &rules])?;
    request.page = page;
    request.lost = lost.iter().filter_map(|name| ShardName::parse(name)).listed();
    request.privacy = match privacy {
        0 => Privacy::Open,
        1 => Privacy::Head,
        _ => Privacy::Decoys(device),
    };
    Ok(request)
}

/// A list of texts.
pub fn texts(reader: &mut Reader<'_>) -> Vec<String> {
    let mut texts = Vec::new();
    reader.each(&mut |reader| texts.push(String::from(reader.string())));
    texts
}

/// Attribute names and values.
pub fn context(reader: &mut Reader<'_>) -> Context {
    let mut context = Context::default();
    reader.each(&mut |reader| context.set(reader.string(), reader.string()));
    context
}
