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
