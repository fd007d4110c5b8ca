/** What a form's fields hold, and what they held when the server wrote them. */

/** @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Field */

/** @param {EventTarget | null} thing @returns {thing is Field} */
export function isField(thing) {
  return thing instanceof HTMLInputElement || thing instanceof HTMLTextAreaElement || thing instanceof HTMLSelectElement;
}

/** Whether it is chosen or not, instead of being filled in. @param {Field} field @returns {field is HTMLInputElement} */
export function isTicked(field) {
  return field.type === "radio" || field.type === "checkbox";
}

/** @param {Field} field */
export function valuesOf(field) {
  if (field instanceof HTMLSelectElement) return [...field.selectedOptions].map((option) => option.value);
  return isTicked(field) && !field.checked ? [] : [field.value];
}

/** As the server wrote it. @param {Field} field */
export function valuesBefore(field) {
  if (field instanceof HTMLSelectElement) return chosenBefore(field).map((option) => option.value);
  if (isTicked(field)) return field.defaultChecked ? [field.value] : [];
  return [field.defaultValue];
}

/** Where the server chose none, the browser shows the first. @param {HTMLSelectElement} field */
function chosenBefore(field) {
  const options = [...field.options];
  const given = options.filter((option) => option.defaultSelected);
  return given.length || field.multiple ? given : options.slice(0, 1);
}

/** @param {Field} field */
export function isChanged(field) {
  return valuesOf(field).join("\n") !== valuesBefore(field).join("\n");
}

/** Fills a field in; text fields of one name take theirs in turn. @param {Field} field @param {string[]} values what is left for it */
export function put(field, values) {
  if (field instanceof HTMLSelectElement) for (const option of field.options) option.selected = values.includes(option.value);
  else if (isTicked(field)) field.checked = values.includes(field.value);
  else field.value = (values.length > 1 ? values.shift() : values[0]) ?? "";
}
