// What a person sees of this document: its HTML without what is hidden, each usable element with its place.
// Runs in the page of someone else, changes nothing there, and returns the elements by their places.
const LIST = 'input,button,select,textarea,a[href],form,iframe,frame,[role="button"]';
const ELEMENTS_MAX = 1000;
const HTML_MAX = 512 * 1024;

const copy = document.documentElement.cloneNode(true);
const elements = Array.from(document.querySelectorAll(LIST)).slice(0, ELEMENTS_MAX);
const twins = Array.from(copy.querySelectorAll(LIST)).slice(0, ELEMENTS_MAX);

const seen = (element) =>
  element.checkVisibility
    ? element.checkVisibility({ visibilityProperty: true })
    : element.getClientRects().length > 0;
const text = (id) => (document.getElementById(id) || {}).textContent || '';

// Forms by what can be used in them; the key of what belongs to none is null.
const groups = new Map();
elements.forEach((element, place) => {
  const twin = twins[place];
  const name = element.localName;
  twin.setAttribute('feedproof-place', place);
  if (name === 'form') return;
  const ticked = element.type === 'radio' || element.type === 'checkbox';
  // Styled radios and boxes are often hidden behind their labels, which are what a person presses.
  const labelled = ticked && Array.from(element.labels || []).some(seen);
  if (name === 'input' && element.type === 'hidden') return;
  if (!seen(element) && !labelled) {
    twin.remove();
    return;
  }
  if (name === 'a' && element.getAttribute('role') !== 'button') return;
  if (name === 'iframe' || name === 'frame') return;
  if (element.matches(':disabled')) twin.setAttribute('disabled', '');
  if (ticked) twin.toggleAttribute('checked', element.checked);
  if (name === 'select') {
    Array.from(twin.options).forEach((option, at) =>
      option.toggleAttribute('selected', element.options[at].selected));
  }
  const labels = (element.getAttribute('aria-labelledby') || '').split(/\s+/).filter(Boolean);
  if (labels.length > 0) twin.setAttribute('aria-label', labels.map(text).join(' '));
  let control = twin;
  if (name !== 'input' && name !== 'button' && name !== 'select' && name !== 'textarea') {
    control = document.createElement('button');
    control.textContent = twin.textContent;
    control.setAttribute('type', 'button');
    control.setAttribute('feedproof-place', place);
    twin.replaceWith(control);
  }
  if (!control.getAttribute('name') && control.localName !== 'button') {
    control.setAttribute('name', element.id || 'feedproof-' + place);
  }
  const form = element.form || null;
  if (!groups.has(form)) groups.set(form, []);
  groups.get(form).push(control);
});

// What belongs to no form is one form; a form of which nothing is seen is none.
const loose = document.createElement('form');
loose.id = 'feedproof-loose';
for (const [form, controls] of groups) {
  if (form === null) controls.forEach((control) => control.setAttribute('form', loose.id));
  const submits = (control) => {
    const type = (control.getAttribute('type') || '').toLowerCase();
    return control.localName === 'button'
      ? type === '' || type === 'submit'
      : control.localName === 'input' && (type === 'submit' || type === 'image');
  };
  // Where nothing sends the form, scripts do, and any button may be theirs.
  if (!controls.some(submits)) {
    controls
      .filter((control) => (control.getAttribute('type') || '').toLowerCase() === 'button')
      .forEach((control) => control.setAttribute('type', 'submit'));
  }
}
elements.forEach((element, place) => {
  if (element.localName === 'form' && !groups.has(element)) {
    twins[place].replaceWith(...twins[place].childNodes);
  }
});
if (groups.has(null)) (copy.querySelector('body') || copy).appendChild(loose);
copy.querySelectorAll('script,style,noscript,template,svg').forEach((control) => control.remove());

const entry = performance.getEntriesByType('navigation')[0];
return {
  url: location.href,
  ready: document.readyState === 'complete',
  status: (entry && entry.responseStatus) || 0,
  html: copy.outerHTML.slice(0, HTML_MAX),
  elements,
};
