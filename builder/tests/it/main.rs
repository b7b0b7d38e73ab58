//! The command as people and scripts meet it: files in, files out, messages, exit codes. One module a concern.

mod alike;
mod answers;
mod bad_input;
mod build;
mod by_channel;
mod card;
mod catalogue;
mod daily;
mod damage;
mod evaluate;
mod exposures;
mod index_graph;
#[cfg(unix)]
mod interruption;
mod keep;
mod kinds;
mod like;
mod logs;
mod mask;
mod odd_input;
mod odd_logs;
mod pack;
mod place;
mod privacy;
mod publish;
mod related;
mod report_page;
mod resume;
mod rules;
mod serve;
mod split;
