// Adds to pages that work without it: autosave, one submission for one press, keys, a line that breaks, uploads that go on
// where they stopped, checks as one types, a signature drawn by hand. ES2017, no module, nothing kept in the browser.
(function () {
  'use strict';
  var $ = function (sel, root) { return (root || document).querySelector(sel); };
  var all = function (sel, root) { return Array.prototype.slice.call((root || document).querySelectorAll(sel)); };
  var el = function (tag, cls, text) { var e = document.createElement(tag); if (cls) e.className = cls; if (text) e.textContent = text; return e; };

  // ---- the bar that says the line is gone
  var bar = null;
  function line(text) {
    if (!text) { if (bar) bar.remove(); bar = null; return; }
    if (!bar) { bar = el('div', 'offline'); bar.setAttribute('role', 'status'); document.body.insertBefore(bar, document.body.firstChild); }
    bar.textContent = text;
  }
  addEventListener('offline', function () { line('网络断开，内容已留在本页，恢复后自动提交'); });
  addEventListener('online', function () { line(''); });

  // ---- what the server says to the script: JSON, whatever the status; without an answer, or with a gateway's, the line is broken
  function ask(path, data) {
    return fetch(path, {method: 'POST', body: data, credentials: 'same-origin', headers: {Accept: 'application/json'}}).then(function (res) {
      if (res.status === 502 || res.status === 504) throw new Error('gateway');
      return res.text().then(function (text) {
        var j = {};
        try { j = JSON.parse(text); } catch (e) { j.detail = '服务器暂时没有处理，请稍后再试'; }
        return {ok: res.ok, status: res.status, lost: res.status === 401 || res.status === 403, j: j};
      });
    });
  }
  var lost = '登录已失效，请重新登录';
  function sayLost(say, more) {
    line('');
    say.className = 'wrong'; say.textContent = lost + (more || '') + ' ';
    var a = el('a', '', '重新登录'); a.href = '/login?next=' + encodeURIComponent(location.pathname + location.search); say.appendChild(a);
  }

  // ---- one press, one submission; a broken line is tried again under the same key
  function body(form, button) {
    var data = new FormData(form);
    if (button && button.name) data.append(button.name, button.value);
    return form.enctype === 'multipart/form-data' ? data : new URLSearchParams(data);
  }
  function arrive(res) {
    var to = res.headers.get('Anju-Location');
    if (to) {
      to = new URL(to, location.href).href;
      if (to.split('#')[0] === location.href.split('#')[0]) location.reload(); else location.assign(to);
      return;
    }
    res.text().then(function (html) { document.open(); document.write(html); document.close(); });
  }
  function send(form, button, data, said) {
    fetch((button && button.getAttribute('formaction')) || form.action, {method: 'POST', body: data, credentials: 'same-origin', headers: {'Anju-Script': '1'}}).then(function (res) {
      if (res.status === 502 || res.status === 504) throw new Error('gateway');
      line('');
      form.dataset.clean = '1';
      arrive(res);
    }).catch(function () {
      line('网络断开，内容已留在本页，恢复后自动提交');
      var again = setTimeout(go, 4000);
      addEventListener('online', go);
      function go() { clearTimeout(again); removeEventListener('online', go); send(form, button, data, said); }
    });
  }
  addEventListener('submit', function (e) {
    var form = e.target;
    if ((form.method || '').toLowerCase() !== 'post' || e.defaultPrevented) return;
    if (form.dataset.sent) { e.preventDefault(); return; }
    form.dataset.sent = '1';
    var button = e.submitter || document.activeElement;
    if (!button || button.form !== form || button.tagName !== 'BUTTON') button = $('button', form);
    var said = button ? button.textContent : '';
    var data = body(form, button);
    if (button) button.textContent = '正在提交…';
    if ($('input[name=key]', form) && !$('input[type=file]', form) && window.fetch && window.URLSearchParams) {
      e.preventDefault();
      send(form, button, data, said);
    }
  });
  addEventListener('pageshow', function () { all('form[data-sent]').forEach(function (f) { delete f.dataset.sent; }); });

  // ---- autosave: every twenty seconds and on leaving a block
  all('form[data-draft]').forEach(function (form) {
    var dirty = false, busy = false, stopped = false, timer = null; // stopped: the login is gone, and saving with it
    var say = $('.saved', form) || form.appendChild(el('p', 'saved'));
    say.setAttribute('role', 'status');
    var clock = function () { var d = new Date(); return ('0' + d.getHours()).slice(-2) + ':' + ('0' + d.getMinutes()).slice(-2); };
    var rev = function () { return $('input[name=revision]', form); };
    function save() {
      if (!dirty || busy || stopped || form.dataset.sent) return;
      busy = true; dirty = false;
      var fields = new URLSearchParams(new FormData(form));
      var req = new URLSearchParams();
      req.set('csrf', fields.get('csrf')); req.set('page', form.dataset.draft); req.set('title', document.title);
      req.set('revision', rev() ? rev().value : '0'); req.set('body', fields.toString());
      req.set('who', fields.get('who') || '');
      ask('/drafts', req).then(function (r) {
        busy = false; line('');
        if (r.ok) { if (rev()) rev().value = r.j.revision; say.className = 'saved'; say.textContent = '已保存 ' + clock(); return; }
        if (r.status === 409 && r.j.revision !== undefined) { differs(r.j); dirty = true; return; }
        if (r.lost) { stopped = true; form.dataset.clean = '1'; sayLost(say, '：直接提交，登录后接着填，内容都在'); return; }
        say.textContent = '暂时没有保存上，内容留在本页，稍后再试'; dirty = true;
      }).catch(function () { busy = false; dirty = true; line('网络断开，内容已留在本页，恢复后自动保存'); });
    }
    function differs(j) {
      if (rev()) rev().value = j.revision;
      var theirs = new URLSearchParams(j.body || ''), list = [];
      theirs.forEach(function (v, k) {
        var f = form.elements[k];
        if (!f || !f.tagName || f.type === 'hidden' || f.type === 'checkbox' || f.value === v) return; // boxes are compared by eye
        var l = f.id && $('label[for="' + f.id + '"]', form);
        var word = function (value) {
          var o = f.options && all('option', f).filter(function (x) { return x.value === value; })[0];
          return o ? o.textContent : value;
        };
        list.push((l ? l.textContent : '一项') + '：这里“' + word(f.value) + '”，另一页“' + word(v) + '”');
      });
      say.textContent = '同一份表在另一个页面也有改动' + (list.length ? '：' + list.join('；') : '') + '。继续填写以本页为准。';
    }
    form.addEventListener('input', function () { dirty = true; if (!timer) timer = setInterval(save, 20000); });
    form.addEventListener('change', function (e) { if (e.target.closest('fieldset,details')) setTimeout(save, 300); });
    addEventListener('online', save);
    document.addEventListener('visibilitychange', function () { if (document.hidden) save(); });
    form.anjuSave = function () { dirty = true; save(); };
    addEventListener('beforeunload', function (e) { if (dirty && !form.dataset.sent && !form.dataset.clean) { save(); e.preventDefault(); e.returnValue = ''; } });
  });

  // ---- the number of an identity card, as it is typed (GB 11643)
  function cardProblem(id) {
    if (!/^\d{17}[\dX]$/.test(id)) return '身份证号应为 18 位，最后一位可以是 X，例如 140824198001010011';
    var w = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2], n = 0;
    for (var i = 0; i < 17; i++) n += w[i] * +id[i];
    return '10X98765432'[n % 11] === id[17] ? '' : '身份证号校验位不符，请核对第18位';
  }
  all('input[data-card]').forEach(function (input) {
    var out = el('p', 'hint'); out.setAttribute('role', 'status'); input.parentNode.appendChild(out);
    input.addEventListener('input', function () {
      var id = input.value.replace(/[\uff10-\uff19]/g, function (c) { return String.fromCharCode(c.charCodeAt(0) - 0xfee0); }).replace(/\s/g, '').replace(/[xｘＸ]/g, 'X');
      out.textContent = ''; out.className = 'hint';
      if (id.length < 18) return;
      var wrong = cardProblem(id);
      if (wrong) { out.className = 'wrong'; out.textContent = wrong; return; }
      var about = id.slice(6, 10) + '年' + +id.slice(10, 12) + '月' + +id.slice(12, 14) + '日出生，' + (+id[16] % 2 ? '男' : '女');
      out.textContent = about;
      var csrf = $('input[name=csrf]', input.form), q = new URLSearchParams();
      q.set('csrf', csrf.value); q.set('id_number', id);
      fetch('/households/same', {method: 'POST', body: q, credentials: 'same-origin'}).then(function (r) { return r.ok ? r.json() : {items: []}; }).then(function (j) {
        j.items.forEach(function (h) {
          out.appendChild(document.createElement('br'));
          var a = el('a', '', h.text); a.href = h.href; out.appendChild(el('strong', '', '此人已有档案：')); out.appendChild(a);
        });
      }).catch(function () {});
    });
  });

  // ---- keys: Enter goes on (in a text box it breaks the line, and Tab goes on), Shift+Enter back, Ctrl+Enter sends; never while an input method is composing
  function fieldsOf(form) {
    return all('input,select,textarea,summary,button', form).filter(function (f) {
      if (f.type === 'hidden' || f.disabled || f.offsetParent === null) return false;
      for (var d = f.closest('details:not([open])'); d; d = d.parentElement.closest('details:not([open])')) if (f.tagName !== 'SUMMARY' || f.parentElement !== d) return false;
      return true;
    });
  }
  addEventListener('keydown', function (e) {
    if (e.isComposing || e.keyCode === 229) return;
    var t = e.target, form = t.form, typing = /^(INPUT|TEXTAREA|SELECT)$/.test(t.tagName);
    var to = null;
    if (t.tagName === 'SELECT' && /^[1-9]$/.test(e.key) && t.options[+e.key - (t.options[0].value === '' ? 0 : 1)]) {
      e.preventDefault(); t.selectedIndex = +e.key - (t.options[0].value === '' ? 0 : 1); t.dispatchEvent(new Event('change', {bubbles: true}));
      return;
    }
    if (e.key === '/' && !typing) to = $('#find');
    else if (e.key === 'F4') to = $('.upload.owed input[type=file]') || $('.upload input[type=file]');
    else if (e.key === 'F2') { to = t; var d = form && form.dataset.draft ? form : $('form[data-draft]'); if (d) d.anjuSave(); }
    else if (e.key === 'F8') { var p = $('a[data-print]'); if (p) { e.preventDefault(); p.click(); } return; }
    else if (e.key === 'F9') to = $('#v-request_correction summary');
    else if (e.key === 'Escape') { var open = t.closest && t.closest('details[open]'); if (open) { open.open = false; to = $('summary', open); } }
    else if (e.key === 'Enter' && (e.ctrlKey || e.metaKey) && form) { e.preventDefault(); var b = $('button:not([formaction]):not(.plain)', form); if (b) b.click(); return; }
    else if (e.key === 'Enter' && t.tagName === 'TEXTAREA' && e.altKey) { e.preventDefault(); t.setRangeText('\n', t.selectionStart, t.selectionEnd, 'end'); t.dispatchEvent(new Event('input', {bubbles: true})); return; }
    else if (e.key === 'Enter' && form && form.method === 'post' && typing && t.type !== 'file' && (t.tagName !== 'TEXTAREA' || e.shiftKey) && (form.matches('[data-enter]') || $('input[name=key]', form))) {
      var list = fieldsOf(form), i = list.indexOf(t);
      to = list[i + (e.shiftKey ? -1 : 1)] || t;
    }
    if (to) { e.preventDefault(); to.focus(); if (to.select && to.type !== 'file' && to.tagName === 'INPUT') to.select(); }
  });

  // ---- pictures are made small on the phone; what is sent goes in pieces and goes on where the line broke
  var piece = 131072;
  function shrink(file, done) {
    if (!/^image\/(jpeg|png)$/.test(file.type) || file.size < 400000) return done(file);
    var url = URL.createObjectURL(file), img = new Image();
    img.onload = function () {
      var k = Math.min(1, 1600 / Math.max(img.width, img.height)), c = document.createElement('canvas');
      c.width = img.width * k; c.height = img.height * k;
      c.getContext('2d').drawImage(img, 0, 0, c.width, c.height);
      URL.revokeObjectURL(url);
      c.toBlob(function (b) { done(b && b.size < file.size ? new File([b], file.name.replace(/\.\w+$/, '') + '.jpg', {type: 'image/jpeg'}) : file); }, 'image/jpeg', 0.7);
    };
    img.onerror = function () { done(file); };
    img.src = url;
  }
  all('form.upload').forEach(function (form) {
    var input = $('input[type=file]', form), say = el('span', 'saved'), busy = false;
    if (!window.fetch || !input) return;
    say.setAttribute('role', 'status'); form.appendChild(say);
    input.addEventListener('change', function () { if (input.files.length) begin(); });
    form.addEventListener('submit', function (e) { e.preventDefault(); begin(); });
    function begin() {
      if (busy || !input.files.length) { if (!busy) say.textContent = '请先选择文件'; return; }
      busy = true;
      var files = Array.prototype.slice.call(input.files), ids = [], total = 0, sent = 0;
      files.forEach(function (f) { total += f.size; });
      (function next(i) {
        if (i === files.length) return finish(ids);
        shrink(files[i], function (f) {
          total += f.size - files[i].size;
          var id = '';
          (function push(at) {
            if (at >= f.size && id) { ids.push(id + ':' + f.name); return next(i + 1); }
            var q = new FormData();
            q.append('csrf', $('input[name=csrf]', form).value);
            q.append('id', id); q.append('offset', at);
            q.append('piece', f.slice(at, at + piece));
            ask('/uploads', q).then(function (r) {
              if (r.lost) { busy = false; return sayLost(say, '，再选一次文件'); }
              if (!r.ok) { busy = false; line(''); say.className = 'wrong'; say.textContent = r.j.detail; return; }
              line(''); id = r.j.id; sent += r.j.offset - at; say.className = 'saved';
              say.textContent = '第 ' + (i + 1) + '/' + files.length + ' 个，' + (sent / 1048576).toFixed(1) + ' / ' + (total / 1048576).toFixed(1) + ' MB';
              push(r.j.offset);
            }).catch(function () {
              line('网络断开，已传的部分保留着，恢复后接着传');
              setTimeout(function () { push(at); }, 2500);
            });
          })(0);
        });
      })(0);
    }
    function finish(ids) {
      var q = new FormData();
      q.append('csrf', $('input[name=csrf]', form).value); q.append('code', form.elements.code.value);
      ids.forEach(function (id) { q.append('upload', id); });
      var turn = form.elements.turn; if (turn) q.append('turn', turn.value);
      var key = form.elements.key; if (key) q.append('key', key.value); // the same on every try
      (function go() {
        fetch(form.action, {method: 'POST', body: q, credentials: 'same-origin', headers: {'Anju-Script': '1'}}).then(function (r) {
          if (r.status === 502 || r.status === 504) throw new Error('gateway');
          if (r.status === 401) { busy = false; return sayLost(say, '，再选一次文件'); }
          line(''); form.dataset.clean = '1'; arrive(r);
        }).catch(function () {
          line('网络断开，文件已传完，恢复后自动登记'); setTimeout(go, 2500);
        });
      })();
    }
  });

  // ---- a signature drawn with finger, pen or mouse; a picture of it goes with the form
  all('input[data-signature]').forEach(function (input) {
    var box = el('canvas', 'canvas'), wipe = el('button', 'small', '重签'), g, on = false;
    box.width = 480; box.height = 180; box.setAttribute('role', 'img'); box.setAttribute('aria-label', '手写签名区，用手指或鼠标书写');
    wipe.type = 'button';
    input.parentNode.insertBefore(box, input); input.parentNode.insertBefore(wipe, input);
    input.parentNode.hidden = false;
    g = box.getContext('2d'); g.lineWidth = 3; g.lineCap = 'round'; g.strokeStyle = '#000';
    function at(e) { var r = box.getBoundingClientRect(); return [(e.clientX - r.left) * box.width / r.width, (e.clientY - r.top) * box.height / r.height]; }
    box.addEventListener('pointerdown', function (e) { on = true; box.setPointerCapture(e.pointerId); g.beginPath(); g.moveTo.apply(g, at(e)); e.preventDefault(); });
    box.addEventListener('pointermove', function (e) { if (on) { g.lineTo.apply(g, at(e)); g.stroke(); } });
    box.addEventListener('pointerup', function () { on = false; input.value = box.toDataURL('image/png').split(',')[1]; input.dispatchEvent(new Event('input', {bubbles: true})); });
    wipe.addEventListener('click', function () { g.clearRect(0, 0, box.width, box.height); input.value = ''; });
  });

  var wrong = $('#summary');
  if (wrong) wrong.focus();
})();
