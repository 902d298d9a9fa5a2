document.querySelector('.cookie-banner button').addEventListener('click', (event) => event.target.parentElement.remove());
