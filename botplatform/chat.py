from django.http import HttpResponse


def page(request):
    return HttpResponse("chat")


def sign_in(request, token):
    return HttpResponse("x")
