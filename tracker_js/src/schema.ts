// Written by `make schema` from core/: edit there.

export const SUBPROTOCOL = 'fifthclick.v1'
export const PROTOCOL_VERSION = 1
export const MAX_BEACON_BYTES = 61440
export const SESSION_IDLE_MS = 1800000
export const SLUG_LENGTH = 48
export const ITEM_ID_LENGTH = 64
export const PATH_LENGTH = 200
export const MAX_ITEMS = 20
export const REDACTED = 'redacted'
export const PERSONAL = '[^\\s@/:]+(?:@|%40)[^\\s@/:]+\\.[A-Za-z]{2,}|(?<!\\d)(?:\\d[ .-]?){13,19}(?!\\d)|(?<!\\w)(?:\\+|00)\\d[\\d ().-]{6,17}\\d(?!\\w)|(?<![\\w.-])(?:\\(\\d{2,4}\\)|0\\d{2,4}|\\d{3})[ ./-]\\d{3,4}[ ./-]?\\d{3,4}(?![\\w.-])'

export const enum Tag {
  PageView = 1,
  ViewItemList = 2,
  SelectItem = 3,
  ViewItem = 4,
  AddToWishlist = 5,
  AddToCart = 6,
  RemoveFromCart = 7,
  ViewCart = 8,
  BeginCheckout = 9,
  AddShippingInfo = 10,
  AddPaymentInfo = 11,
  Purchase = 12,
  Refund = 13,
  Search = 14,
  ViewPromotion = 15,
  SelectPromotion = 16,
  Click = 17,
  Scroll = 18,
  Dwell = 19,
  Idle = 20,
  ExitIntent = 21,
  RageClick = 22,
  SectionView = 23,
  TabHidden = 24,
  TabVisible = 25,
  FieldLeft = 26,
  ActionShown = 27,
  ActionClicked = 28,
  ActionDismissed = 29,
  ActionSubmitted = 30,
  ActionWithheld = 31,
  Custom = 32,
  WebVitals = 33,
}

export const enum ClientTag {
  Hello = 1,
  Events = 2,
}

export const enum ServerTag {
  Ack = 1,
  ActionFrame = 2,
  Withdraw = 3,
  Notice = 4,
}

/** Every event's name, in the order of the tags, which count from 1 without a hole. */
export const EVENT_NAMES =
  'page_view view_item_list select_item view_item add_to_wishlist add_to_cart remove_from_cart view_cart begin_checkout add_shipping_info add_payment_info purchase refund search view_promotion select_promotion click scroll dwell idle exit_intent rage_click section_view tab_hidden tab_visible field_left action_shown action_clicked action_dismissed action_submitted action_withheld custom web_vitals'

/** GA4's e-commerce names in the order of their tags, each with its own fields after currency, value and items. */
export const COMMERCE =
  'view_item_list,list_id select_item,list_id view_item add_to_wishlist add_to_cart remove_from_cart view_cart begin_checkout,coupon add_shipping_info,shipping_tier,shipping_minor add_payment_info,payment_type purchase,transaction_id,shipping_minor,tax_minor,coupon refund,transaction_id'
export const FIRST_COMMERCE_TAG = 2

export type PageType = 'home' | 'listing' | 'product' | 'search' | 'cart' | 'shipping' | 'checkout' | 'payment' | 'confirmation' | 'account' | 'blog' | 'faq' | 'help' | 'pricing' | 'case_study' | 'content'

export type Item = [item_id: string, category?: string, price_minor?: number | null | undefined, quantity?: number]

/** An event's fields after tag, seq and at_ms. */
export interface EventFields {
  [Tag.PageView]: [page_type: string, path?: string, topic?: string, navigation?: 'back' | 'navigate' | 'reload' | 'restore' | 'spa', device?: 'desktop' | 'mobile' | 'tablet' | 'unknown', source?: 'direct' | 'email' | 'internal' | 'organic_search' | 'paid' | 'referral' | 'social' | 'unknown', local_hour?: number | null | undefined, is_new_visitor?: boolean | null | undefined]
  [Tag.ViewItemList]: [currency?: string | null | undefined, value_minor?: number | null | undefined, items?: Item[], list_id?: string]
  [Tag.SelectItem]: [currency?: string | null | undefined, value_minor?: number | null | undefined, items?: Item[], list_id?: string]
  [Tag.ViewItem]: [currency?: string | null | undefined, value_minor?: number | null | undefined, items?: Item[]]
  [Tag.AddToWishlist]: [currency?: string | null | undefined, value_minor?: number | null | undefined, items?: Item[]]
  [Tag.AddToCart]: [currency?: string | null | undefined, value_minor?: number | null | undefined, items?: Item[]]
  [Tag.RemoveFromCart]: [currency?: string | null | undefined, value_minor?: number | null | undefined, items?: Item[]]
  [Tag.ViewCart]: [currency?: string | null | undefined, value_minor?: number | null | undefined, items?: Item[]]
  [Tag.BeginCheckout]: [currency?: string | null | undefined, value_minor?: number | null | undefined, items?: Item[], coupon?: string]
  [Tag.AddShippingInfo]: [currency?: string | null | undefined, value_minor?: number | null | undefined, items?: Item[], shipping_tier?: string, shipping_minor?: number | null | undefined]
  [Tag.AddPaymentInfo]: [currency?: string | null | undefined, value_minor?: number | null | undefined, items?: Item[], payment_type?: string]
  [Tag.Purchase]: [currency?: string | null | undefined, value_minor?: number | null | undefined, items?: Item[], transaction_id?: string, shipping_minor?: number | null | undefined, tax_minor?: number | null | undefined, coupon?: string]
  [Tag.Refund]: [currency?: string | null | undefined, value_minor?: number | null | undefined, items?: Item[], transaction_id?: string]
  [Tag.Search]: [term_length: number, result_count?: number | null | undefined]
  [Tag.ViewPromotion]: [promotion_id?: string]
  [Tag.SelectPromotion]: [promotion_id?: string]
  [Tag.Click]: [kind?: 'button' | 'field' | 'image' | 'link' | 'other', name?: string]
  [Tag.Scroll]: [percent: number]
  [Tag.Dwell]: [active_ms: number, pointer_px?: number, dead_click_count?: number]
  [Tag.Idle]: [waited_ms: number, section?: string]
  [Tag.ExitIntent]: [trigger?: 'back' | 'pointer' | 'scroll_up']
  [Tag.RageClick]: [click_count?: number]
  [Tag.SectionView]: [name: string, visible_ms?: number]
  [Tag.TabHidden]: []
  [Tag.TabVisible]: [hidden_ms?: number]
  [Tag.FieldLeft]: [is_filled?: boolean, spent_ms?: number]
  [Tag.ActionShown]: [decision_id: string, action_id: string, after_ms?: number, slot?: string]
  [Tag.ActionClicked]: [decision_id: string, action_id: string]
  [Tag.ActionDismissed]: [decision_id: string, action_id: string]
  [Tag.ActionSubmitted]: [decision_id: string, action_id: string, answer?: number | null | undefined]
  [Tag.ActionWithheld]: [decision_id: string, action_id: string, reason?: string]
  [Tag.Custom]: [name: string, amount?: number | null | undefined, label?: string]
  [Tag.WebVitals]: [page_type?: string, paint_ms?: number | null | undefined, shift_permille?: number | null | undefined, response_ms?: number | null | undefined]
}
