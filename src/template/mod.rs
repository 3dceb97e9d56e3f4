//! Base job templates: model, placeholders, resolution, and the Job manifest they give.
