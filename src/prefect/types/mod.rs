//! What the API's routes take and give: the fields we use, tolerant of others and of missing ones.

mod block;
mod cloud;
mod event;
mod flow_run;
mod log;
mod raw;
mod state;
mod work_pool;

pub use block::{BlockDocument, Variable};
pub use cloud::{CloudAccount, CloudUser, CloudWorkspace};
pub use event::{Event, EventFilter, EventPage, Resource};
pub use flow_run::{
    Deployment, Flow, FlowRun, FlowRunFilter, FlowRunNow, FlowRunSort, FlowRunUpdate, NewFlowRun,
    Page, ScheduledFlowRun,
};
pub use log::LogLine;
pub use raw::{JsonObject, Raw};
pub use state::{ProposedState, State, StateDetails, StateOutcome, StateType};
pub use work_pool::{
    NewWorkPool, WorkPool, WorkPoolStatus, WorkPoolUpdate, WorkQueue, WorkQueueStatus, Worker,
    WorkerStatus,
};
