___TERMS_OF_SERVICE___

By creating or modifying this file you agree to Google Tag Manager's Community
Template Gallery Developer Terms of Service available at
https://developers.google.com/tag-manager/gallery-tos (or such other URL as
Google may provide), as modified from time to time.


___INFO___

{
  "type": "TAG",
  "id": "cvt_temp_public_id",
  "version": 1,
  "securityGroups": [],
  "displayName": "Fifth Click",
  "categories": ["PERSONALIZATION", "ANALYTICS"],
  "brand": {
    "id": "brand_dummy",
    "displayName": ""
  },
  "description": "Loads the tracker of your own Fifth Click server, hands it the answer of Google's consent mode, and reports events of your own.",
  "containerContexts": ["WEB"]
}


___TEMPLATE_PARAMETERS___

[
  {
    "type": "RADIO",
    "name": "what",
    "displayName": "What this tag does",
    "radioItems": [
      { "value": "load", "displayValue": "Load the tracker (on every page, as early as you can)" },
      { "value": "track", "displayValue": "Report an event of your own" }
    ],
    "simpleValueType": true,
    "defaultValue": "load"
  },
  {
    "type": "TEXT",
    "name": "place",
    "displayName": "Address of the server, as data-host says it",
    "help": "https://fc.example.com/_fc. Put its host into this template's permission to inject scripts too.",
    "simpleValueType": true,
    "valueValidators": [
      { "type": "REGEX", "args": ["^https://[^\\s?#]+[^\\s?#/]$"], "errorMessage": "An https address without a slash at its end." }
    ],
    "enablingConditions": [{ "paramName": "what", "paramValue": "load", "type": "EQUALS" }]
  },
  {
    "type": "TEXT",
    "name": "site",
    "displayName": "Site key",
    "help": "pk_..., as `fifthclick site list` prints it.",
    "simpleValueType": true,
    "valueValidators": [
      { "type": "REGEX", "args": ["^pk_\\w+$"], "errorMessage": "A public key begins with pk_." }
    ],
    "enablingConditions": [{ "paramName": "what", "paramValue": "load", "type": "EQUALS" }]
  },
  {
    "type": "SELECT",
    "name": "consent",
    "displayName": "Consent",
    "selectItems": [
      { "value": "google", "displayValue": "Wait for analytics_storage of Google's consent mode" },
      { "value": "tcf", "displayValue": "Ask the page's consent platform (IAB TCF)" },
      { "value": "auto", "displayValue": "On, unless the page says no" }
    ],
    "simpleValueType": true,
    "defaultValue": "google",
    "enablingConditions": [{ "paramName": "what", "paramValue": "load", "type": "EQUALS" }]
  },
  {
    "type": "TEXT",
    "name": "currency",
    "displayName": "Currency of e-commerce events that forget to say theirs (optional)",
    "simpleValueType": true,
    "valueValidators": [
      { "type": "REGEX", "args": ["^([A-Z]{3})?$"], "errorMessage": "Three capital letters, or nothing." }
    ],
    "enablingConditions": [{ "paramName": "what", "paramValue": "load", "type": "EQUALS" }]
  },
  {
    "type": "TEXT",
    "name": "event",
    "displayName": "Name of the event",
    "simpleValueType": true,
    "valueValidators": [{ "type": "NON_EMPTY" }],
    "enablingConditions": [{ "paramName": "what", "paramValue": "track", "type": "EQUALS" }]
  },
  {
    "type": "TEXT",
    "name": "label",
    "displayName": "Label (optional; no personal data)",
    "simpleValueType": true,
    "enablingConditions": [{ "paramName": "what", "paramValue": "track", "type": "EQUALS" }]
  },
  {
    "type": "TEXT",
    "name": "amount",
    "displayName": "Amount (optional; a number)",
    "simpleValueType": true,
    "enablingConditions": [{ "paramName": "what", "paramValue": "track", "type": "EQUALS" }]
  }
]


___SANDBOXED_JS_FOR_WEB_TEMPLATE___

const addConsentListener = require('addConsentListener');
const callInWindow = require('callInWindow');
const createArgumentsQueue = require('createArgumentsQueue');
const encodeUriComponent = require('encodeUriComponent');
const injectScript = require('injectScript');
const isConsentGranted = require('isConsentGranted');
const makeNumber = require('makeNumber');

const STORAGE = 'analytics_storage';

// Keeps what is called before the tracker is here. Once it is, its own function stands in this place.
createArgumentsQueue('fifthclick', 'fifthclick.q');

if (data.what === 'track') {
  const props = {};
  if (data.label) props.label = data.label;
  if (data.amount || data.amount === 0) props.amount = makeNumber(data.amount);
  callInWindow('fifthclick', 'track', data.event, props);
  data.gtmOnSuccess();
  return;
}

const isGoogles = data.consent === 'google';
let address = data.place + '/t.js?site=' + encodeUriComponent(data.site) + '&host=' + encodeUriComponent(data.place);
address += '&consent=' + (isGoogles ? 'required' : data.consent);
if (data.currency) address += '&currency=' + encodeUriComponent(data.currency);

if (isGoogles) {
  const tell = (isGranted) => callInWindow('fifthclick', 'consent', isGranted ? 'granted' : 'denied');
  // No word is said where nothing is decided yet: the tracker waits for one.
  if (isConsentGranted(STORAGE)) tell(true);
  addConsentListener(STORAGE, (storage, isGranted) => tell(isGranted));
}

// The same address is loaded once a page, however often this tag fires.
injectScript(address, data.gtmOnSuccess, data.gtmOnFailure, 'fifthclick');


___WEB_PERMISSIONS___

[
  {
    "instance": {
      "key": { "publicId": "inject_script", "versionId": "1" },
      "param": [
        {
          "key": "urls",
          "value": {
            "type": 2,
            "listItem": [{ "type": 1, "string": "https://fc.example.com/*" }]
          }
        }
      ]
    },
    "clientAnnotations": { "isEditedByUser": true },
    "isRequired": true
  },
  {
    "instance": {
      "key": { "publicId": "access_globals", "versionId": "1" },
      "param": [
        {
          "key": "keys",
          "value": {
            "type": 2,
            "listItem": [
              {
                "type": 3,
                "mapKey": [
                  { "type": 1, "string": "key" },
                  { "type": 1, "string": "read" },
                  { "type": 1, "string": "write" },
                  { "type": 1, "string": "execute" }
                ],
                "mapValue": [
                  { "type": 1, "string": "fifthclick" },
                  { "type": 8, "boolean": true },
                  { "type": 8, "boolean": true },
                  { "type": 8, "boolean": true }
                ]
              },
              {
                "type": 3,
                "mapKey": [
                  { "type": 1, "string": "key" },
                  { "type": 1, "string": "read" },
                  { "type": 1, "string": "write" },
                  { "type": 1, "string": "execute" }
                ],
                "mapValue": [
                  { "type": 1, "string": "fifthclick.q" },
                  { "type": 8, "boolean": true },
                  { "type": 8, "boolean": true },
                  { "type": 8, "boolean": false }
                ]
              }
            ]
          }
        }
      ]
    },
    "clientAnnotations": { "isEditedByUser": true },
    "isRequired": true
  },
  {
    "instance": {
      "key": { "publicId": "access_consent", "versionId": "1" },
      "param": [
        {
          "key": "consentTypes",
          "value": {
            "type": 2,
            "listItem": [
              {
                "type": 3,
                "mapKey": [
                  { "type": 1, "string": "consentType" },
                  { "type": 1, "string": "read" },
                  { "type": 1, "string": "write" }
                ],
                "mapValue": [
                  { "type": 1, "string": "analytics_storage" },
                  { "type": 8, "boolean": true },
                  { "type": 8, "boolean": false }
                ]
              }
            ]
          }
        }
      ]
    },
    "clientAnnotations": { "isEditedByUser": true },
    "isRequired": true
  }
]


___TESTS___

scenarios:
- name: The tracker is loaded with everything in its address
  code: |-
    mock('isConsentGranted', true);
    mock('injectScript', (url, onSuccess) => onSuccess());
    runCode({
      what: 'load', place: 'https://fc.example.com/_fc', site: 'pk_1', consent: 'google', currency: 'EUR'
    });
    assertApi('injectScript').wasCalled();
    assertApi('callInWindow').wasCalledWith('fifthclick', 'consent', 'granted');
    assertApi('gtmOnSuccess').wasCalled();
- name: Nothing is said of a consent that nobody has given
  code: |-
    mock('isConsentGranted', false);
    runCode({ what: 'load', place: 'https://fc.example.com/_fc', site: 'pk_1', consent: 'google' });
    assertApi('callInWindow').wasNotCalled();
    assertApi('addConsentListener').wasCalled();
- name: An event of the shop's own
  code: |-
    runCode({ what: 'track', event: 'size_chart_opened', label: 'shoes', amount: '3' });
    assertApi('callInWindow').wasCalledWith('fifthclick', 'track', 'size_chart_opened', { label: 'shoes', amount: 3 });
    assertApi('injectScript').wasNotCalled();
    assertApi('gtmOnSuccess').wasCalled();


___NOTES___

Documentation: docs/serving.md. Import it in Templates, New, Import; then put the host of your server into the permission
"Injects scripts".
