// Shows the document of the instance that serves this page, light or dark as the system is.
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();

// What the viewer shows first it puts outside of every landmark, and it leaves out a level of headings.
const Landmarks = ({ React }) => ({
  wrapComponents: {
    InfoContainer: (Info) => (props) =>
      React.createElement(
        "header",
        { role: "banner" }, // within a section it is none by itself
        React.createElement(Info, props),
        React.createElement("h2", { className: "unseen" }, "Operations"),
      ),
  },
});

// It gives a parameter's choices no name: they get the parameter's.
const name = () => {
  for (const choices of document.querySelectorAll("[data-param-name] select:not([aria-label])")) {
    choices.setAttribute("aria-label", choices.closest("[data-param-name]").dataset.paramName);
  }
};
new MutationObserver(name).observe(document.getElementById("viewer"), { childList: true, subtree: true });

SwaggerUIBundle({
  url: "/schema/openapi.json",
  dom_id: "#viewer",
  plugins: [Landmarks],
  // Its links would stand inside of buttons.
  deepLinking: false,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  validatorUrl: null,
});
