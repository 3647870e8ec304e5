"""The moderators' and operators' console: pages rendered here, quickened by htmx, whole without JavaScript."""
