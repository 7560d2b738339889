/** Markup of our own, after what these systems' public themes write: no file of theirs is here, and no rule for one of them. */
export interface System {
  /** Address, marks of <html>, marks of <body>, and what the page is. */
  pages: [path: string, html: string, body: string, type: string][]
  /** A product's page with its way into the cart: what is told of it. */
  product: { path: string; html: string; press: string; id: string; price?: string; quantity: number }
}

const linked = (sku: string, price: string) =>
  `<script type="application/ld+json">{"@context":"https://schema.org","@type":"Product","sku":"${sku}",
    "offers":{"@type":"Offer","price":"${price}","priceCurrency":"EUR"}}</script>`

export const SYSTEMS: Record<string, System> = {
  'Magento, Luma': {
    pages: [
      ['/', '', 'class="cms-home cms-index-index page-layout-1column"', 'home'],
      [
        '/women/tops.html',
        '',
        'class="page-with-filter page-products categorypath-women catalog-category-view"',
        'listing',
      ],
      ['/joust-bag.html', '', 'class="catalog-product-view product-joust-bag page-layout-1column"', 'product'],
      ['/catalogsearch/result/?q=bag', '', 'class="page-products catalogsearch-result-index"', 'search'],
      ['/checkout/cart/', '', 'class="checkout-cart-index page-layout-1column"', 'cart'],
      ['/checkout/', '', 'class="checkout-index-index page-layout-checkout"', 'checkout'],
      ['/checkout/#payment', '', 'class="checkout-index-index page-layout-checkout"', 'payment'],
      ['/checkout/onepage/success/', '', 'class="checkout-onepage-success"', 'confirmation'],
      ['/customer/account/login/', '', 'class="customer-account-login"', 'account'],
    ],
    product: {
      path: '/joust-bag.html',
      html: `<div itemscope itemtype="http://schema.org/Product"><h1><span itemprop="name">Joust bag</span></h1>
        <div class="product attribute sku"><div class="value" itemprop="sku">24-MB01</div></div>
        <meta itemprop="price" content="34"><meta itemprop="priceCurrency" content="USD">
        <form id="product_addtocart_form" action="/checkout/cart/add/uenc/aHR0/product/1/" method="post">
          <input type="number" name="qty" id="qty" value="2"><button type="submit" title="Add to Cart"
          class="action primary tocart" id="product-addtocart-button"><span>Add to Cart</span></button></form>
        <a href="#" class="action towishlist"><span>Add to Wish List</span></a></div>`,
      press: '#product-addtocart-button',
      id: '24-MB01',
      price: '34',
      quantity: 2,
    },
  },
  'PrestaShop, classic': {
    pages: [
      ['/en/', '', 'id="index" class="lang-en country-us page-index"', 'home'],
      ['/en/3-clothes', '', 'id="category" class="lang-en page-category category-id-3"', 'listing'],
      ['/en/men/1-1-shirt.html', '', 'id="product" class="lang-en page-product product-id-1"', 'product'],
      ['/en/search?controller=search&s=mug', '', 'id="search" class="page-search"', 'search'],
      ['/en/cart?action=show', '', 'id="cart" class="page-cart"', 'cart'],
      ['/en/order', '', 'id="checkout" class="page-order"', 'checkout'],
      [
        '/en/order-confirmation?id_cart=6',
        '',
        'id="order-confirmation" class="page-order-confirmation"',
        'confirmation',
      ],
      ['/en/login?back=my-account', '', 'id="authentication" class="page-authentication"', 'account'],
    ],
    product: {
      path: '/en/men/1-1-shirt.html',
      html: `<h1>Shirt</h1>${linked('demo_1', '22.94')}<form action="/en/cart" method="post" id="add-to-cart-or-refresh">
        <input type="number" name="qty" id="quantity_wanted" value="3"><button class="btn btn-primary add-to-cart"
        data-button-action="add-to-cart" type="submit"><i>shopping_cart</i> Add to cart</button></form>`,
      press: '.add-to-cart',
      id: 'demo_1',
      price: '22.94',
      quantity: 3,
    },
  },
  'Shopware 6': {
    pages: [
      ['/', '', 'class="is-ctl-navigation is-act-home"', 'home'],
      ['/Main-product/SWDEMO10007', '', 'class="is-ctl-product is-act-index"', 'product'],
      ['/search?search=main', '', 'class="is-ctl-search is-act-search"', 'search'],
      ['/checkout/cart', '', 'class="is-ctl-checkout is-act-cartpage"', 'cart'],
      ['/checkout/confirm', '', 'class="is-ctl-checkout is-act-confirmpage"', 'checkout'],
      ['/checkout/finish?orderId=1', '', 'class="is-ctl-checkout is-act-finishpage"', 'confirmation'],
      ['/account/login', '', 'class="is-ctl-auth is-act-loginpage"', 'account'],
    ],
    product: {
      path: '/Main-product/SWDEMO10007',
      html: `<div itemscope itemtype="https://schema.org/Product"><h1 itemprop="name">Main product</h1>
        <span itemprop="sku">SWDEMO10007</span><meta itemprop="price" content="495.95"><meta itemprop="priceCurrency" content="EUR">
        <form action="/checkout/line-item/add" method="post" class="buy-widget" data-add-to-cart="true">
        <input type="number" name="lineItems[1][quantity]" value="1"><button class="btn btn-primary btn-buy"
        title="In den Warenkorb">In den Warenkorb</button></form></div>`,
      press: '.btn-buy',
      id: 'SWDEMO10007',
      price: '495.95',
      quantity: 1,
    },
  },
  'WooCommerce, classic': {
    pages: [
      ['/', '', 'class="home page wp-singular theme-storefront woocommerce-no-js"', 'home'],
      [
        '/shop/',
        '',
        'class="archive post-type-archive-product woocommerce-shop woocommerce woocommerce-page"',
        'listing',
      ],
      ['/product/beanie/', '', 'class="single-product woocommerce woocommerce-page"', 'product'],
      ['/cart/', '', 'class="page woocommerce-cart woocommerce-page"', 'cart'],
      ['/checkout/', '', 'class="page woocommerce-checkout woocommerce-page"', 'checkout'],
      [
        '/checkout/order-received/12/?key=wc_order',
        '',
        'class="woocommerce-checkout woocommerce-order-received"',
        'confirmation',
      ],
      ['/my-account/', '', 'class="page woocommerce-account woocommerce-page"', 'account'],
    ],
    product: {
      path: '/product/beanie/',
      html: `<h1 class="product_title">Beanie</h1>${linked('woo-beanie', '18.00')}<form class="cart" action="/product/beanie/"
        method="post" enctype="multipart/form-data"><div class="quantity"><input type="number" name="quantity" class="qty" value="2">
        </div><button type="submit" name="add-to-cart" value="12" class="single_add_to_cart_button button alt">Add to cart</button></form>`,
      press: '.single_add_to_cart_button',
      id: 'woo-beanie',
      price: '18.00',
      quantity: 2,
    },
  },
  nopCommerce: {
    pages: [
      ['/', 'class="html-home-page"', '', 'home'],
      ['/desktops', 'class="html-category-page"', '', 'listing'],
      ['/build-your-own-computer', 'class="html-product-details-page"', '', 'product'],
      ['/search?q=computer', 'class="html-search-page"', '', 'search'],
      ['/cart', 'class="html-shopping-cart-page"', '', 'cart'],
      ['/onepagecheckout', 'class="html-checkout-page"', '', 'checkout'],
      ['/checkout/completed/12', 'class="html-checkout-page"', '', 'confirmation'],
    ],
    product: {
      path: '/build-your-own-computer',
      html: `<h1>Computer</h1>${linked('COMP_CUST', '1200.00')}<div class="add-to-cart"><input id="product_enteredQuantity_1"
        name="addtocart_1.EnteredQuantity" value="2"><button type="button" id="add-to-cart-button-1"
        class="button-1 add-to-cart-button">Add to cart</button></div>`,
      press: '#add-to-cart-button-1',
      id: 'COMP_CUST',
      price: '1200.00',
      quantity: 2,
    },
  },
  Sylius: {
    pages: [
      ['/en_US/', '', '', 'home'],
      ['/en_US/taxons/category/caps', '', '', 'listing'],
      ['/en_US/products/winter-cap', '', '', 'product'],
      ['/en_US/cart/', '', '', 'cart'],
      ['/en_US/checkout/address', '', '', 'shipping'],
      ['/en_US/checkout/select-shipping', '', '', 'shipping'],
      ['/en_US/checkout/select-payment', '', '', 'payment'],
      ['/en_US/checkout/complete', '', '', 'checkout'],
      ['/en_US/order/thank-you', '', '', 'confirmation'],
      ['/en_US/login', '', '', 'account'],
    ],
    product: {
      path: '/en_US/products/winter-cap',
      html: `<h1>Winter cap</h1><form name="sylius_shop_add_to_cart" method="post" novalidate>
        <input type="number" name="sylius_shop_add_to_cart[cartItem][quantity]" value="4">
        <button type="submit" class="btn btn-primary" id="add-to-cart-button">Add to cart</button></form>`,
      press: '#add-to-cart-button',
      id: 'winter-cap',
      quantity: 4,
    },
  },
  Spree: {
    pages: [
      ['/', '', '', 'home'],
      ['/t/categories/clothing', '', '', 'listing'],
      ['/products/ruby-tote', '', '', 'product'],
      ['/cart', '', '', 'cart'],
      ['/checkout/address', '', '', 'shipping'],
      ['/checkout/delivery', '', '', 'shipping'],
      ['/checkout/payment', '', '', 'payment'],
      ['/checkout/confirm', '', '', 'checkout'],
      ['/checkout/Xy12/complete', '', '', 'confirmation'],
    ],
    product: {
      path: '/products/ruby-tote',
      html: `<h1>Ruby tote</h1>${linked('RUB-TOT', '15.99')}<form action="/cart/line_items" method="post">
        <input type="number" name="line_item[quantity]" value="1"><button type="submit" class="btn-primary">Add To Cart</button></form>`,
      press: 'form button',
      id: 'RUB-TOT',
      price: '15.99',
      quantity: 1,
    },
  },
  'Medusa, storefront': {
    pages: [
      ['/us', '', '', 'home'],
      ['/us/store', '', '', 'listing'],
      ['/us/categories/shirts', '', '', 'listing'],
      ['/us/products/t-shirt', '', '', 'product'],
      ['/us/cart', '', '', 'cart'],
      ['/us/checkout?step=address', '', '', 'shipping'],
      ['/us/checkout?step=delivery', '', '', 'shipping'],
      ['/us/checkout?step=payment', '', '', 'payment'],
      ['/us/checkout?step=review', '', '', 'checkout'],
      ['/us/order/order_01JC/confirmed', '', '', 'confirmation'],
      ['/us/account', '', '', 'account'],
    ],
    product: {
      path: '/us/products/t-shirt',
      html: `<h2 data-testid="product-title">T-shirt</h2><button class="w-full h-10"
        data-testid="add-product-button">Add to cart</button>`,
      press: 'button',
      id: 't-shirt',
      quantity: 1,
    },
  },
  'Saleor, storefront': {
    pages: [
      ['/default-channel', '', '', 'other'],
      ['/default-channel/categories/juices', '', '', 'listing'],
      ['/default-channel/products/apple-juice', '', '', 'product'],
      ['/default-channel/search?query=juice', '', '', 'search'],
      ['/default-channel/cart', '', '', 'cart'],
      ['/checkout?checkout=Q2hlY2', '', '', 'checkout'],
    ],
    product: {
      path: '/default-channel/products/apple-juice',
      html: `<h1>Apple juice</h1>${linked('43226647', '1.99')}<form><button type="submit" aria-disabled="false"
        class="h-12 items-center rounded-md"><span>Add to cart</span></button></form>`,
      press: 'form button',
      id: '43226647',
      price: '1.99',
      quantity: 1,
    },
  },
}
